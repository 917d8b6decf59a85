/**
 * Everything an owner has, from one 32-byte secret: HKDF with a label per purpose, so that no key serves two and none tells of
 * another. The secret itself is used for nothing else and leaves the client never.
 *
 * The labels are a format: a changed label is another owner. docs/FORMATS.md lists them.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { concatBytes, utf8 } from '../model/bytes.ts'
import { LIMITS } from '../model/limits.ts'

export const OWNER_SECRET_BYTES = 32
const KEY_BYTES = 32
const NO_SALT = new Uint8Array(0)

export interface TableKeys {
  /** Name of the table towards providers: a PRF of its key, 32 bytes. */
  readonly token: Uint8Array
  /** Name of a row towards providers: a PRF of its name, 32 bytes. */
  rowToken(name: string): Uint8Array
  /** Seals the values of one column in one row, 32 bytes. */
  valueKey(column: string, rowToken: Uint8Array): Uint8Array
}

export interface SlotKeys {
  /** Says where the watermarks of this tracker slot are. */
  readonly position: Uint8Array
  /** Says what they are. */
  readonly code: Uint8Array
}

export interface OwnerKeys {
  /** Ed25519: author of rows, owner of segment records and tombstones. */
  readonly identity: SignKey
  /** Wraps the data keys of objects, 32 bytes. */
  readonly wrappingKey: Uint8Array
  /** Names and seals the journals of puts under way, on the client's own disk only, 32 bytes. */
  readonly journalKey: Uint8Array
  /** One pair per tracker slot, {@link LIMITS.trackerSlots}. */
  readonly slots: readonly SlotKeys[]
  table(name: string): TableKeys
}

/** @throws {RangeError} if the secret has not 32 bytes */
export function ownerKeys(secret: Uint8Array, crypto: CryptoEngine): OwnerKeys {
  if (secret.length !== OWNER_SECRET_BYTES) throw new RangeError(`an owner secret has ${OWNER_SECRET_BYTES} bytes`)
  const derive = deriver(secret, crypto)
  const auditKey = deriver(derive('audit'), crypto)
  return {
    identity: crypto.signKey(derive('identity')),
    wrappingKey: derive('wrapping'),
    journalKey: derive('journal'),
    slots: Array.from({ length: LIMITS.trackerSlots }, (_, slot) => ({
      position: auditKey(`position/${slot}`),
      code: auditKey(`code/${slot}`),
    })),
    table: (name) => tableKeys(derive(`table/${name}`), crypto),
  }
}

/** The Ed25519 seed that signs reads of a set: from the data key, so that whoever has the manifest has it. 32 bytes. */
export function readKeySeed(dataKey: Uint8Array, salt: Uint8Array, crypto: CryptoEngine): Uint8Array {
  return crypto.hkdf(dataKey, salt, utf8('lunarx/read-key/1\0'), KEY_BYTES)
}

function tableKeys(tableKey: Uint8Array, crypto: CryptoEngine): TableKeys {
  const derive = deriver(tableKey, crypto)
  const tokenKey = derive('token')
  return {
    token: crypto.hmacSha256(tokenKey, utf8('table\0')),
    rowToken: (name) => crypto.hmacSha256(tokenKey, utf8('row\0'), utf8(name)),
    valueKey: (column, rowToken) => crypto.hkdf(derive(`column/${column}`), rowToken, utf8('lunarx/value-key/1\0'), KEY_BYTES),
  }
}

const deriver =
  (key: Uint8Array, crypto: CryptoEngine) =>
  (label: string): Uint8Array =>
    crypto.hkdf(key, NO_SALT, concatBytes(utf8('lunarx/owner/1\0'), utf8(label)), KEY_BYTES)
