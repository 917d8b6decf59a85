/**
 * Seeds of one set: what the owner deals to a tracker slot, seen through the set's salt.
 *
 * Region t belongs to slot t mod 8. A slot that knows its seeds knows the places and codes of its own regions and of no others.
 * Position seeds are in the manifest, because a reader must strip; code seeds never are.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { utf8 } from '../model/bytes.ts'
import { LIMITS } from '../model/limits.ts'

const POSITION = utf8('lunarx/position-seed/1\0')
const CODE = utf8('lunarx/code-seed/1\0')

/** Eight keys each, by slot, of 32 bytes: the owner's, for all sets. */
export interface SlotKeys {
  readonly positionKeys: readonly Uint8Array[]
  readonly codeKeys: readonly Uint8Array[]
}

/** Eight seeds each, by slot, of 32 bytes: for one set. */
export interface SlotSeeds {
  readonly positionSeeds: readonly Uint8Array[]
  readonly codeSeeds: readonly Uint8Array[]
}

/** @param salt of the segment record */
export const positionSeed = (positionKey: Uint8Array, salt: Uint8Array, crypto: CryptoEngine): Uint8Array =>
  crypto.hmacSha256(positionKey, POSITION, salt)

/** @param salt of the segment record */
export const codeSeed = (codeKey: Uint8Array, salt: Uint8Array, crypto: CryptoEngine): Uint8Array => crypto.hmacSha256(codeKey, CODE, salt)

export function slotSeeds({ positionKeys, codeKeys }: SlotKeys, salt: Uint8Array, crypto: CryptoEngine): SlotSeeds {
  return {
    positionSeeds: positionKeys.map((key) => positionSeed(key, salt, crypto)),
    codeSeeds: codeKeys.map((key) => codeSeed(key, salt, crypto)),
  }
}

export const slotOfRegion = (region: number): number => region % LIMITS.trackerSlots
