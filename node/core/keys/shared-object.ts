/**
 * The grant of a shared object: what opens one version of one object to one grantee. The version, its data key wrapped under a key of the grant's own, signed
 * by the owner, sealed to the grantee (HPKE). Text, to be sent by any way at all.
 *
 * It reads and strips this version: addresses, salts, position seeds, data key. It never holds code seeds, slot keys, wrapping keys
 * or other versions, and neither follows from it. The signature is inside: only the grantee learns who shares what, and the
 * grantee's key is under it, so that a grant sealed again to somebody else does not verify.
 *
 * @module
 */
import { base64url } from 'multiformats/bases/base64'
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts'
import { encodeBytes, openDocument, parseBytes, signDocument, signedDocument, type DocumentKind } from '../document/signed.ts'
import { concatBytes, equalBytes, utf8 } from '../model/bytes.ts'
import { hasCode, LunarError } from '../model/error.ts'
import { fixedBytes, maxBytes, name, publicKey, timeMs } from '../model/fields.ts'
import { LIMITS } from '../model/limits.ts'
import type { OwnerKeys } from './owner-keys.ts'

const FORMAT = Uint8Array.of(1)
const CONTEXT = { info: utf8('lunarx/shared-object/1\0'), associated: FORMAT }
/** Characters of a grant: of a manifest as large as a row takes, and what is around it. */
const MAX_TEXT = 2 * LIMITS.rowValueBytes

const sharedObjectSchema = z.object({
  network: name,
  /** Identity of the owner, who signs. */
  owner: publicKey,
  /** Whom it is sealed to. */
  grantee: publicKey,
  grantedMs: timeMs,
  /** A manifest of one version, its data key wrapped under `key`. */
  manifest: maxBytes(LIMITS.rowValueBytes),
  /** Wrapping key of this grant alone. */
  key: fixedBytes(32),
})
export type SharedObject = z.infer<typeof sharedObjectSchema>

export const SHARED_OBJECT: DocumentKind<SharedObject> = { kind: 'shared-object', schema: sharedObjectSchema }

/**
 * @param ephemeralSecret 32 random bytes, of this grant alone
 * @throws {LunarError} WRONG_KEY: no key that can be sealed to
 */
export async function sealGrant(
  shared: SharedObject,
  owner: OwnerKeys,
  ephemeralSecret: Uint8Array,
  crypto: CryptoEngine,
): Promise<string> {
  const document = encodeBytes(signDocument(SHARED_OBJECT, shared, owner.identity))
  const sealed = await hpkeSeal(shared.grantee, document, CONTEXT, crypto.agreementKey(ephemeralSecret), crypto)
  return base64url.baseEncode(concatBytes(FORMAT, sealed))
}

/**
 * @param grantee present keys; what was sealed to an earlier generation opens too
 * @throws {LunarError} BAD_MESSAGE: no grant; WRONG_KEY: of another grantee, or changed; BAD_SIGNATURE; UNKNOWN_NETWORK
 */
export async function openGrant(grant: string, grantee: OwnerKeys, network: string, crypto: CryptoEngine): Promise<SharedObject> {
  const sealed = sealedOf(grant)
  for (let generation = grantee.generation; generation >= 0; generation--) {
    const key = grantee.at(generation).granteeKey
    try {
      const document = parseBytes(signedDocument, await hpkeOpen(key, sealed, CONTEXT, crypto))
      return checked(
        openDocument(SHARED_OBJECT, document, ({ owner }) => owner, crypto),
        key.publicKey,
        network,
      )
    } catch (error) {
      if (!hasCode(error, 'WRONG_KEY') || generation === 0) throw error
    }
  }
  throw new RangeError('no generation')
}

function checked(shared: SharedObject, grantee: Uint8Array, network: string): SharedObject {
  if (!equalBytes(shared.grantee, grantee)) throw new LunarError('BAD_SIGNATURE', 'the owner shared this with somebody else')
  if (shared.network !== network)
    throw new LunarError('UNKNOWN_NETWORK', 'the grant is of another network', { detail: { network, grant: shared.network } })
  return shared
}

function sealedOf(grant: string): Uint8Array {
  if (grant.length > MAX_TEXT) throw new LunarError('BAD_MESSAGE', 'too long for a grant', { detail: { limit: MAX_TEXT } })
  try {
    const bytes = base64url.baseDecode(grant.trim())
    if (bytes[0] === FORMAT[0]) return bytes.subarray(FORMAT.length)
  } catch (cause) {
    throw new LunarError('BAD_MESSAGE', 'not a grant', { cause })
  }
  throw new LunarError('BAD_MESSAGE', 'not a grant of a known format')
}
