/**
 * Verifiable secret sharing (Feldman 1987, RFC 9591 appendix C.2) over ristretto255, by @noble/curves: any `threshold` shares give the
 * secret, fewer tell nothing of it, and a share is checked against the dealer's commitments before anybody relies on it. With plain
 * Shamir sharing a dealer could deal shares that open nothing, and would be free to withhold its secret after all.
 *
 * Pure: the dealer's randomness comes in.
 *
 * @module
 */
import { ristretto255, ristretto255_FROST as frost } from '@noble/curves/ed25519.js'
import type { CryptoEngine } from '../crypto/engine.ts'
import { concatBytes, equalBytes, hexOf, utf8 } from '../model/bytes.ts'
import { itemAt } from '../model/item.ts'

const COEFFICIENTS = utf8('lunarx/beacon-coefficients/1\0')
const NO_SALT = new Uint8Array(0)

export interface Dealing {
  /** `threshold` points of 32 bytes; the first commits to the secret. */
  readonly commitments: readonly Uint8Array[]
  /** By holder 0 … holders − 1, scalars of 32 bytes. */
  readonly shares: readonly Uint8Array[]
  /** Scalar of 32 bytes. */
  readonly secret: Uint8Array
}

/** More than half of those who take part. */
export const majorityOf = (participants: number): number => Math.floor(participants / 2) + 1

/** @param random 32 bytes of which nobody else knows anything; the same bytes deal the same again */
export function dealShares(random: Uint8Array, holders: number, threshold: number, crypto: CryptoEngine): Dealing {
  let drawn = 0
  const draw = (bytes = 32): Uint8Array => crypto.hkdf(random, NO_SALT, concatBytes(COEFFICIENTS, Uint8Array.of(drawn++)), bytes)
  if (holders === 1) return dealAlone(draw)
  const ids = Array.from({ length: holders }, (_, holder) => idOf(holder))
  const { public: dealt, secretShares } = frost.trustedDealer({ min: threshold, max: holders }, ids, undefined, draw)
  const shares = ids.map((id) => secretShares[id]?.signingShare ?? new Uint8Array())
  return { commitments: dealt.commitments, shares, secret: combine(shares.slice(0, threshold), threshold, holders) }
}

/** True if this is the share of this holder: s · G = Σ C_j · i^j. */
export function isShare(commitments: readonly Uint8Array[], holder: number, share: Uint8Array, holders: number): boolean {
  const id = idOf(holder)
  try {
    if (commitments.length === 1) return isSecret(commitments, share)
    frost.validateSecret(
      { identifier: id, signingShare: share },
      { signers: { min: commitments.length, max: holders }, commitments: [...commitments], verifyingShares: {} },
    )
    return true
  } catch {
    return false // not a scalar, not a point, or not on the polynomial
  }
}

/** True if this is the secret that the first commitment commits to. */
export function isSecret(commitments: readonly Uint8Array[], secret: Uint8Array): boolean {
  try {
    const { Point } = ristretto255
    return equalBytes(Point.BASE.multiply(Point.Fn.fromBytes(secret)).toBytes(), itemAt(commitments, 0))
  } catch {
    return false
  }
}

/**
 * The secret, from shares that were checked.
 * @param shares by holder; at least `threshold` of them
 */
export function combineShares(shares: ReadonlyMap<number, Uint8Array>, threshold: number, holders: number): Uint8Array | undefined {
  if (shares.size < threshold) return undefined
  const some = [...shares].slice(0, threshold)
  if (holders === 1) return itemAt(some, 0)[1]
  return frost.combineSecret(
    some.map(([holder, signingShare]) => ({ identifier: idOf(holder), signingShare })),
    { min: threshold, max: holders },
  )
}

const combine = (shares: readonly Uint8Array[], threshold: number, holders: number): Uint8Array =>
  combineShares(new Map(shares.map((share, holder) => [holder, share])), threshold, holders) ?? new Uint8Array()

const idOf = (holder: number): string => frost.Identifier.fromNumber(holder + 1)

/** One participant is its own majority. */
function dealAlone(draw: (bytes: number) => Uint8Array): Dealing {
  const { Point } = ristretto255
  const secret = Point.Fn.toBytes(Point.Fn.create(BigInt(`0x${hexOf(draw(64))}`)))
  return { commitments: [Point.BASE.multiply(Point.Fn.fromBytes(secret)).toBytes()], shares: [secret], secret }
}
