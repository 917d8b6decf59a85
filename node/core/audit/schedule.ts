/**
 * When a provider is drawn: at exponential times, so that having been asked says nothing of when the next question comes.
 *
 * Everything follows from the beacon's value of a round and the provider's id: anybody can compute which draws were due, so a verifier
 * that leaves one out is seen. Gaps have no memory, so each round begins anew.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import type { PeerId } from '../membership/peer-id.ts'
import { utf8 } from '../model/bytes.ts'

const SEED = utf8('lunarx/draw-seed/1\0')

/** An exponential time from 64 uniform bits: −mean · ln(1 − u), u in [0, 1). Milliseconds, not rounded. */
export const exponentialMs = (random: bigint, meanMs: number): number => -meanMs * Math.log1p(-Number(random >> 11n) / 2 ** 53)

/** The round of draws that no beacon stands behind: each tracker has some of its own while there is no value. */
export const PRIVATE_ROUND = 0

/** One draw that is due. */
export interface Draw {
  /** 0, 1, 2, … in its round. */
  readonly sequence: number
  readonly dueMs: number
  /** 32 bytes that decide what is asked, and by whom (choose.ts). */
  readonly seed: Uint8Array
}

/** Where draws come from. */
export interface DrawSource {
  /** Beacon value of the round, 32 bytes. */
  readonly value: Uint8Array
  readonly provider: PeerId
  /** The round lasts from here … */
  readonly startMs: number
  /** … until here. */
  readonly untilMs: number
  /** Mean time between draws: {@link meanDrawIntervalMs}. */
  readonly meanMs: number
}

/** The randomness of one draw, 32 bytes; see {@link Draw}. */
export const drawSeed = (value: Uint8Array, provider: PeerId, sequence: number, crypto: CryptoEngine): Uint8Array =>
  crypto.hmacSha256(value, SEED, utf8(provider), uint32(sequence))

/** All draws of one provider in one round, in order of time. About (until − start) / mean of them. */
export function* drawsOfRound({ value, provider, startMs, untilMs, meanMs }: DrawSource, crypto: CryptoEngine): Generator<Draw> {
  let dueMs = startMs
  for (let sequence = 0; ; sequence++) {
    const seed = drawSeed(value, provider, sequence, crypto)
    dueMs += exponentialMs(wordAt(seed, 0), meanMs)
    if (dueMs >= untilMs) return
    yield { sequence, dueMs, seed }
  }
}

/** 64 bits of a seed; 0: the gap before the draw, 1: the shard, 2: the leaf. */
export const wordAt = (seed: Uint8Array, word: 0 | 1 | 2 | 3): bigint =>
  new DataView(seed.buffer, seed.byteOffset, seed.length).getBigUint64(8 * word)

/** `word · bound / 2^64`, whole: off from uniform by less than bound / 2^64. */
export const scaled = (word: bigint, bound: number): number => Number((word * BigInt(bound)) >> 64n)

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
