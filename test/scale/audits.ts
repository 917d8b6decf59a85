/**
 * What audits move and find in a large network, by the functions that decide in a real one: the draws of a day, hour by hour as beacons
 * give them, of some of the providers; a round of the sweep by one of the trackers that have a slot. Beside the formulas.
 *
 * The size of a draw and of a question is that of core/audit, which is measured on documents there.
 *
 * @module
 */
import {
  AUDIT_PROMISE,
  auditTraffic,
  BATCH_OVERHEAD_BYTES,
  BEACON_ROUND_MS,
  detectionProbability,
  drawBytes,
  drawnShard,
  drawsOfRound,
  leafColumn,
  meanDrawIntervalMs,
  SWEEP_ENTRY_BYTES,
  sweepBatches,
  sweepPlace,
  sweptBy,
} from '@lunarx/core/audit'
import { assignSlots } from '@lunarx/core/epoch'
import { utf8 } from '@lunarx/core/model'
import { sweptRegion } from '@lunarx/core/proof'
import { slotOfRegion, watermarksIn } from '@lunarx/core/watermark'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { TRACKER_LIMITS } from '../../node/tracker/limits.ts'
import type { Layout } from './layout.ts'

export interface DrawFindings {
  /** Providers whose day was drawn. */
  readonly drawn: number
  readonly drawsPerDay: number
  readonly expectedDrawsPerDay: number
  readonly drawBytesPerDay: number
  readonly expectedDrawBytesPerDay: number
  /** Of those providers, if each had lost a hundredth of its shards in silence: share that is found within the day. */
  readonly found: number
  readonly expectedFound: number
}

export interface SweepFindings {
  /** Of all sets, those that are asked in one round. */
  readonly sweptShare: number
  readonly expectedSweptShare: number
  /** Shards in one question, mean. */
  readonly shardsAtOnce: number
  /** Per provider and day. */
  readonly sweepBytesPerDay: number
  /** By formula: every shard, in questions as large as may be. */
  readonly fullSweepBytesPerDay: number
}

export interface AuditFindings extends DrawFindings, SweepFindings {
  /** All providers, draws and sweep. */
  readonly networkBytesPerSecond: number
}

const DAY_MS = 24 * 3_600_000
const DRAWN = 500
/** Of which every set is older. */
const SWEEP_ROUND = 1

export function auditADay(layout: Layout): AuditFindings {
  const draws = drawADay(layout)
  const sweep = sweepARound(layout)
  const perSecond = (layout.shape.providers * (draws.drawBytesPerDay + sweep.sweepBytesPerDay)) / 86_400
  return { ...draws, ...sweep, networkBytesPerSecond: perSecond }
}

function drawADay(layout: Layout): DrawFindings {
  const { seed, providers, shardBytes } = layout.shape
  const drawn = Math.min(DRAWN, providers)
  const shards = shardsOf(layout, drawn)
  const meanMs = meanDrawIntervalMs(AUDIT_PROMISE)
  let [draws, found, expectedFound] = [0, 0, 0]
  for (let p = 0; p < drawn; p++) {
    const held = shards[p] ?? 0
    const lost = Math.round(held * AUDIT_PROMISE.lostFraction)
    const column = leafColumn(new Uint32Array(held).fill(shardBytes))
    let isFound = false
    for (let startMs = 0; startMs < DAY_MS; startMs += BEACON_ROUND_MS) {
      const value = crypto.sha256(utf8(`beacon ${seed} ${startMs}`))
      const source = { value, provider: `provider-${p}`, startMs, untilMs: startMs + BEACON_ROUND_MS, meanMs }
      for (const draw of drawsOfRound(source, crypto)) {
        draws++
        // which shards are lost does not matter: the draw knows nothing of them
        isFound ||= (drawnShard(draw.seed, column) ?? held) < lost
      }
    }
    found += Number(isFound)
    expectedFound += detectionProbability(lost / Math.max(1, held), DAY_MS, meanMs)
  }
  const expected = auditTraffic(AUDIT_PROMISE, 0, shardBytes)
  return {
    drawn,
    drawsPerDay: draws / drawn,
    expectedDrawsPerDay: expected.drawsPerDay,
    drawBytesPerDay: (draws / drawn) * drawBytes(shardBytes),
    expectedDrawBytesPerDay: expected.drawBytesPerDay,
    found: found / drawn,
    expectedFound: expectedFound / drawn,
  }
}

/** Shards that each of the first `providers` holds. */
function shardsOf({ holders }: Layout, providers: number): Uint32Array {
  const shards = new Uint32Array(providers)
  for (const provider of holders) if (provider < providers) shards[provider]! += 1
  return shards
}

/**
 * As `Sweeper` goes: step by step, each provider asked for what is due of it, of all sets whose region belongs to a slot of the tracker; ids
 * and salts are chance, as in a real network.
 */
function sweepARound(layout: Layout): SweepFindings {
  const { seed, sets, trackers, providers, required, parity, shardBytes } = layout.shape
  const slots = assignSlots(
    [],
    Array.from({ length: trackers }, (_, i) => `tracker-${i}`),
  )
  const [tracker] = slots
  const own = slots.flatMap((of, slot) => (of === tracker ? [slot] : []))
  const random = new SeededRandom(`sweep ${seed}`)
  const order = random.bytes(32)
  // part of the order that one step takes
  const stepShare = sweptBy(AUDIT_PROMISE.sweepMs / TRACKER_LIMITS.audit.sweepSteps, 0, AUDIT_PROMISE.sweepMs)
  const steps = Math.ceil(1 / stepShare)
  // of a tracker with several slots each has questions of its own
  const asked = new Uint16Array(own.length * steps * providers)
  let [swept, places] = [0, 0]
  for (let set = 0; set < sets; set++) {
    const [segment, salt] = [random.bytes(32), random.bytes(16)]
    const region = sweptRegion(SWEEP_ROUND, { birthRound: 0, salt }, watermarksIn(shardBytes), crypto)
    const slot = region === undefined ? -1 : own.indexOf(slotOfRegion(region))
    if (slot < 0) continue
    swept++
    const step = Math.floor(sweepPlace(order, SWEEP_ROUND, segment, crypto) / 2 ** 53 / stepShare)
    for (const provider of layout.holdersOf(set)) {
      asked[(slot * steps + step) * providers + provider]! += 1
      places++
    }
  }
  let questions = 0
  for (const shards of asked) questions += sweepBatches(shards)
  const share = own.length / slots.length
  const roundBytes = (places * SWEEP_ENTRY_BYTES + questions * BATCH_OVERHEAD_BYTES) / share
  return {
    sweptShare: swept / share / sets,
    expectedSweptShare: 1,
    shardsAtOnce: places / Math.max(1, questions),
    sweepBytesPerDay: (roundBytes * DAY_MS) / AUDIT_PROMISE.sweepMs / providers,
    fullSweepBytesPerDay: auditTraffic(AUDIT_PROMISE, (sets * (required + parity)) / providers, shardBytes).sweepBytesPerDay,
  }
}
