/**
 * Everything an owner has, from one 32-byte secret: HKDF with a label per purpose, so that no key serves two and none tells of
 * another. The secret itself is used for nothing else and leaves the client never.
 *
 * The labels are a format: a changed label is another owner. docs/FORMATS.md lists them.
 *
 * @module
 */
import type { AgreementKey, CryptoEngine, SignKey } from '../crypto/engine.ts'
import { concatBytes, equalBytes, utf8 } from '../model/bytes.ts'
import { LIMITS } from '../model/limits.ts'

export const OWNER_SECRET_BYTES = 32
const KEY_BYTES = 32
/** Rotations of one owner. */
export const MAX_GENERATION = 10_000
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

/** What a rotation renews. */
interface GenerationKeys {
  /** How often the owner has rotated: 0, 1, 2, … */
  readonly generation: number
  /** Ed25519: author of rows, owner of segment records and tombstones. */
  readonly identity: SignKey
  /** Wraps the data keys of objects, 32 bytes. */
  readonly wrappingKey: Uint8Array
  /** X25519: what other owners seal grants to. */
  readonly granteeKey: AgreementKey
}

export interface OwnerKeys extends GenerationKeys {
  /** Ed25519: author of the keyring row, by which every device finds the present generation. Never rotated, signs nothing else. */
  readonly root: SignKey
  /** The same owner's keys in another generation. */
  at(generation: number): OwnerKeys
  /** Names and seals the journals of puts under way, on the client's own disk only, 32 bytes. */
  readonly journalKey: Uint8Array
  /** One pair per tracker slot, {@link LIMITS.trackerSlots}. */
  readonly slots: readonly SlotKeys[]
  table(name: string): TableKeys
}

/**
 * @param generation the present one is in the keyring row; 0 finds it
 * @throws {RangeError} if the secret has not 32 bytes
 */
export function ownerKeys(secret: Uint8Array, crypto: CryptoEngine, generation = 0): OwnerKeys {
  if (secret.length !== OWNER_SECRET_BYTES) throw new RangeError(`an owner secret has ${OWNER_SECRET_BYTES} bytes`)
  const derive = deriver(secret, crypto)
  const auditKey = deriver(derive('audit'), crypto)
  const lasting = {
    root: crypto.signKey(derive('root')),
    journalKey: derive('journal'),
    slots: Array.from({ length: LIMITS.trackerSlots }, (_, slot) => ({
      position: auditKey(`position/${slot}`),
      code: auditKey(`code/${slot}`),
    })),
    table: (name: string) => tableKeys(derive(`table/${name}`), crypto),
  }
  const made = new Map<number, OwnerKeys>()
  const at = (wanted: number): OwnerKeys => {
    const keys = made.get(wanted) ?? { ...lasting, ...generationKeys(derive, wanted, crypto), at }
    made.set(wanted, keys)
    return keys
  }
  return at(generation)
}

/** Label ‖ nothing for generation 0, else `/` ‖ the number: an owner that never rotates has the plain labels. */
function generationKeys(derive: (label: string) => Uint8Array, generation: number, crypto: CryptoEngine): GenerationKeys {
  if (!Number.isInteger(generation) || generation < 0 || generation > MAX_GENERATION) throw new RangeError(`no generation ${generation}`)
  const of = (label: string): Uint8Array => derive(generation === 0 ? label : `${label}/${generation}`)
  return {
    generation,
    identity: crypto.signKey(of('identity')),
    wrappingKey: of('wrapping'),
    granteeKey: crypto.agreementKey(of('grantee')),
  }
}

/** The keys of the generation that had this identity, from the present one back; undefined: of another owner, or of a later one. */
export function keysOfIdentity(identity: Uint8Array, present: OwnerKeys): OwnerKeys | undefined {
  for (let generation = present.generation; generation >= 0; generation--) {
    const keys = present.at(generation)
    if (equalBytes(keys.identity.publicKey, identity)) return keys
  }
  return undefined
}

/** The Ed25519 seed that signs reads of a set: from the data key, so that whoever has the manifest has it. 32 bytes. */
export function readKeySeed(dataKey: Uint8Array, salt: Uint8Array, crypto: CryptoEngine): Uint8Array {
  return crypto.hkdf(dataKey, salt, utf8('lunarx/read-key/1\0'), KEY_BYTES)
}

function tableKeys(tableKey: Uint8Array, crypto: CryptoEngine): TableKeys {
  const derive = deriver(tableKey, crypto)
  const tokenKey = derive('token')
  /** By column, of which a table has few. */
  const columnKeys = new Map<string, Uint8Array>()
  const columnKey = (column: string): Uint8Array => {
    const key = columnKeys.get(column) ?? derive(`column/${column}`)
    columnKeys.set(column, key)
    return key
  }
  return {
    token: crypto.hmacSha256(tokenKey, utf8('table\0')),
    rowToken: (name) => crypto.hmacSha256(tokenKey, utf8('row\0'), utf8(name)),
    valueKey: (column, rowToken) => crypto.hkdf(columnKey(column), rowToken, utf8('lunarx/value-key/1\0'), KEY_BYTES),
  }
}

const deriver =
  (key: Uint8Array, crypto: CryptoEngine) =>
  (label: string): Uint8Array =>
    crypto.hkdf(key, NO_SALT, concatBytes(utf8('lunarx/owner/1\0'), utf8(label)), KEY_BYTES)
