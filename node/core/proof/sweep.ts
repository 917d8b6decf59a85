/**
 * sweep: one watermark of every shard, each round another region, so that no place is asked twice. Many shards are answered by one
 * keyed digest of 32 bytes.
 *
 * The provider reads 16 bytes at an offset that it could not know before; whoever asks has the codes of the data shards from the slot's
 * code seed and those of the parity shards by encoding. A provider that kept the fraction c of a shard's bytes, which can only be any
 * bytes at all, has the watermark with probability c; one that kept the tree, or the places of earlier rounds, with none.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import type { ErasureCode } from '../erasure/engine.ts'
import { equalBytes, utf8 } from '../model/bytes.ts'
import { regionCodes } from '../watermark/codes.ts'

const OFFSET = utf8('lunarx/sweep-offset/1\0')
const ANSWER = utf8('lunarx/sweep-answer/1\0')

/** When a set was born, of its record. */
export interface Birth {
  readonly birthRound: number
  readonly salt: Uint8Array
}

/**
 * The region that a round asks: (round + H(salt)) mod T, each once in T rounds from the birth round on.
 * @param watermarks T′ of the set
 * @returns undefined: none, before the birth and when all are spent; then only leaves are asked
 */
export function sweptRegion(round: number, { birthRound, salt }: Birth, watermarks: number, crypto: CryptoEngine): number | undefined {
  if (round < birthRound || round >= birthRound + watermarks) return undefined
  const hash = crypto.sha256(OFFSET, salt)
  const offset = Number(new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) % BigInt(watermarks))
  return (round + offset) % watermarks
}

/** Codes of one region by shard index, data and parity, from the code seed of its slot. */
export function expectedCodes(region: number, codeSeed: Uint8Array, code: ErasureCode, crypto: CryptoEngine): Uint8Array[] {
  const data = regionCodes(codeSeed, region, code.required, crypto)
  return [...data, ...code.encode(data)]
}

/**
 * The answer to one sweep: 32 bytes.
 * @param key of this challenge, drawn for it
 * @param codes what stands at the places that were asked for, in the order asked
 */
export const sweepAnswer = (key: Uint8Array, codes: readonly Uint8Array[], crypto: CryptoEngine): Uint8Array =>
  crypto.hmacSha256(key, ANSWER, ...codes)

/**
 * The shards that are not proved, by place in the order asked: the whole range if its digest fits, else both halves, down to single ones.
 * Costs 2 · wrong · log₂(asked) questions at most.
 * @param answerOf the provider's answer for a part of what was asked, [from, until)
 */
export function bisectSweep(
  key: Uint8Array,
  expected: readonly Uint8Array[],
  answerOf: (from: number, until: number) => Uint8Array,
  crypto: CryptoEngine,
): number[] {
  const wrongIn = (from: number, until: number): number[] => {
    if (from === until || equalBytes(answerOf(from, until), sweepAnswer(key, expected.slice(from, until), crypto))) return []
    if (until - from === 1) return [from]
    const middle = (from + until) >>> 1
    return [...wrongIn(from, middle), ...wrongIn(middle, until)]
  }
  return wrongIn(0, expected.length)
}
