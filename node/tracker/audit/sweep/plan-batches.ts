/**
 * What is asked of whom, for sets of the sweep whose region this round belongs to a slot of this tracker: the place, and the code that is
 * expected there, of every shard of a set at the same moment.
 *
 * @module
 */
import { SWEEP_BATCH } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { SegmentRecord } from '@lunarx/core/document'
import type { ErasureEngine } from '@lunarx/core/erasure'
import type { PeerId } from '@lunarx/core/membership'
import { itemAt, LIMITS } from '@lunarx/core/model'
import { expectedCodes, sweptRegion } from '@lunarx/core/proof'
import { codeSeed, offsetOf, positionSeed, slotOfRegion, watermarkPlace, watermarksIn } from '@lunarx/core/watermark'
import type { TrackerMap } from '../../map/index.ts'
import type { AuditedShard } from '../draw.ts'
import type { DueSet } from './due-records.ts'
import type { LeavesOnly } from './leaves-only.ts'
import type { SlotKeys } from './slot-keys.ts'

/** One watermark of one shard. */
export interface SweptPlace {
  readonly shard: AuditedShard
  readonly offset: number
  /** The 16 bytes that are there. */
  readonly code: Uint8Array
}

/** Asked with one question. */
export interface Batch {
  readonly slot: number
  readonly provider: PeerId
  /** At most {@link SWEEP_BATCH}. */
  readonly places: readonly SweptPlace[]
}

export interface PlanBatchesDeps {
  readonly map: Pick<TrackerMap, 'statements'>
  readonly crypto: CryptoEngine
  readonly erasure: ErasureEngine
  readonly slotKeys: Pick<SlotKeys, 'slots' | 'of'>
  readonly leavesOnly: Pick<LeavesOnly, 'has'>
}

/** Sets that are asked for leaves only. */
export interface LeftToDraws {
  /** Their owner's client has not dealt the keys of the slot. */
  unkeyed: number
  /** All their watermarks are spent, or they are too small for any, or their codes were found wrong. */
  spent: number
  /** Their owner has shared them: a grantee knows where their watermarks are. */
  shared: number
}

export const leftNone = (): LeftToDraws => ({ unkeyed: 0, spent: 0, shared: 0 })

export interface Plan {
  readonly batches: readonly Batch[]
  readonly left: LeftToDraws
}

export function planBatches(sets: readonly DueSet[], round: number, deps: PlanBatchesDeps): Plan {
  const slots = new Set(deps.slotKeys.slots)
  const left = leftNone()
  const bySlot = new Map<string, { slot: number; provider: PeerId; places: SweptPlace[] }>()
  for (const { isShared, ...set } of sets) {
    const region = deps.leavesOnly.has(set.hex)
      ? undefined
      : sweptRegion(round, set.record, watermarksIn(set.record.shardBytes), deps.crypto)
    if (region === undefined) {
      left.spent++
      continue
    }
    const slot = slotOfRegion(region)
    if (!slots.has(slot)) continue
    if (isShared) {
      left.shared++
      continue
    }
    const asked = askedOf(set.record, region, deps)
    if (!asked) {
      left.unkeyed++
      continue
    }
    for (const { peer: provider, index, isCondemned } of deps.map.statements.holders(set.hex)) {
      const code = asked.codes[index]
      if (isCondemned || !code) continue
      const of = bySlot.get(`${slot} ${provider}`) ?? { slot, provider, places: [] }
      of.places.push({ shard: { ...set, provider, index }, offset: asked.offset, code })
      bySlot.set(`${slot} ${provider}`, of)
    }
  }
  return { batches: [...bySlot.values()].flatMap(inBatches), left }
}

/** Undefined: the slot has no keys of this owner. */
function askedOf(
  { owner, salt, shardBytes, required, parity }: SegmentRecord,
  region: number,
  { crypto, erasure, slotKeys }: PlanBatchesDeps,
): { readonly offset: number; readonly codes: readonly Uint8Array[] } | undefined {
  const keys = slotKeys.of(owner, slotOfRegion(region))
  if (!keys) return undefined
  const dataShardBytes = shardBytes - watermarksIn(shardBytes) * LIMITS.watermarkBytes
  const place = watermarkPlace(dataShardBytes, region, positionSeed(keys.positionKey, salt, crypto), crypto)
  const codes = expectedCodes(region, codeSeed(keys.codeKey, salt, crypto), erasure.code(required, parity), crypto)
  return { offset: offsetOf(place, region), codes }
}

function inBatches({ slot, provider, places }: Batch): Batch[] {
  const batches = Math.ceil(places.length / SWEEP_BATCH)
  return Array.from({ length: batches }, (_, i) => ({ slot, provider, places: places.slice(i * SWEEP_BATCH, (i + 1) * SWEEP_BATCH) }))
}

/** Of a batch, by place. */
export const placeOf = ({ places }: Batch, at: number): SweptPlace => itemAt(places, at)
