/**
 * One batch of the sweep over all shards of a provider: ticket, digest, bisection, and the leaf at each place that did not fit.
 *
 * @module
 */
import { judgeBatch, judgePlace, leavesAt, type BatchPart, type PlaceFinding } from '@lunarx/core/audit'
import { concatBytes, itemAt, LIMITS } from '@lunarx/core/model'
import { expectedCodes, sweepAnswer, sweptRegion } from '@lunarx/core/proof'
import { slotOfRegion, watermarkOffset } from '@lunarx/core/watermark'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { code, proofFrom, type HeldShard } from './shards.ts'

/** What a slot asks of one shard, and what it expects. */
export interface SweptPlace {
  readonly shard: HeldShard
  readonly region: number
  readonly offset: number
  readonly expected: Uint8Array
}

export function placesOf(shards: readonly HeldShard[], round: number): SweptPlace[] {
  return shards.map((shard) => {
    const region = sweptRegion(round, shard.record, shard.watermarks, crypto)
    if (region === undefined) throw new Error(`no watermark is left in round ${round}`)
    const codes = expectedCodes(region, itemAt(shard.codeSeeds, slotOfRegion(region)), code, crypto)
    return { shard, region, offset: watermarkOffset(shard.places, region), expected: itemAt(codes, shard.index) }
  })
}

/** What the bytes of a shard are that a provider has in its place. */
export type Kept = (place: SweptPlace, at: number) => Uint8Array

export interface Swept {
  /** Places that did not fit. */
  readonly wrong: number
  readonly findings: Readonly<Record<PlaceFinding, number>>
  readonly questions: number
}

/** @param kept bytes that the provider answers from, as long as the shard */
export function sweep(places: readonly SweptPlace[], kept: Kept, key: Uint8Array): Swept {
  const held = places.map((place, at) => kept(place, at).subarray(place.offset, place.offset + LIMITS.watermarkBytes))
  const codes = places.map(({ expected }) => expected)
  const opening = { digest: sweepAnswer(key, codes, crypto), codes: concatBytes(...codes) }
  const answers: (BatchPart & { readonly digest: Uint8Array; readonly lost: number[] })[] = []
  let judged = judgeBatch(key, places.length, opening, answers, crypto)
  while (judged.ask.length > 0) {
    for (const part of judged.ask) answers.push({ ...part, digest: sweepAnswer(key, held.slice(part.from, part.until), crypto), lost: [] })
    judged = judgeBatch(key, places.length, opening, answers, crypto)
  }
  const findings: Record<PlaceFinding, number> = { disproved: 0, 'ticket-wrong': 0, 'answer-wrong': 0 }
  for (const at of judged.wrong) {
    const place = itemAt(places, at)
    const { shard, offset, expected } = place
    const leaves = leavesAt(offset).map((leaf) => proofFrom(shard, kept(place, at), leaf))
    findings[judgePlace({ index: shard.index, offset }, expected, shard.record, leaves, crypto)]++
  }
  return { wrong: judged.wrong.length, findings, questions: answers.length }
}
