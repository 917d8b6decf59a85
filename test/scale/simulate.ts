/**
 * A network too large for any machine, by the functions that decide in a real one: where shards go, what a loss makes of sets, in which
 * order and how fast they are repaired, what audits move, how the ring turns.
 *
 * Columns instead of peers: nothing is sent, nothing fails to answer, and what one tracker does is taken from shares of the whole.
 *
 * @module
 */
import { countByRule, lossesPerYear, YEAR_MS } from '@lunarx/core/placement'
import { SeededRandom } from '@lunarx/runtime/random'
import { auditADay, type AuditFindings } from './audits.ts'
import { follow, type Followed } from './durability.ts'
import { heal, type Healing } from './heal.ts'
import { Layout } from './layout.ts'
import { assessDamage, assessOne, type Damage, type Loss } from './lose.ts'
import { measureTables, type TableMemory } from './memory.ts'
import type { ScaleShape } from './shape.ts'
import { lookAtRing, type RingFindings } from './trackers.ts'

export interface EventFindings extends Healing {
  readonly event: string
  readonly providers: number
  /** Of the network at the time. */
  readonly trackers: number
  readonly degradedSets: number
  readonly missingShards: number
  /** Sets at margin 0, and sets that are lost unless holders come back. */
  readonly bareSets: number
  readonly lostSets: number
  /** By chance alone, if holders are drawn independently. */
  readonly expectedLostSets: number
  /** Of those placed again: shards that found no place by the rule. */
  readonly unplaced: number
  readonly placedAgain: number
  /** Of those, shards that the busiest provider takes, and the mean of all. */
  readonly busiest: number
  readonly meanTaken: number
}

/** By sets: what the rack event comes to, and what it would at a thousand times ten million. */
export interface Slope {
  readonly sets: number
  readonly missingShards: number
  readonly healedMs: number
}

export interface ScaleFindings {
  readonly shape: ScaleShape
  readonly layoutSeconds: number
  readonly events: readonly EventFindings[]
  readonly slopes: readonly Slope[]
  /** Not in the report of a run that did not measure it. */
  readonly memory?: TableMemory
  readonly ring: RingFindings
  readonly audits: AuditFindings
  readonly followed: Followed
  readonly durability: readonly Durability[]
  /** Sets whose holders were held against the rule, of which some broke it, and whose assessment was made anew from its holders. */
  readonly checked: { readonly sets: number; readonly misplaced: number; readonly assessedOtherwise: number }
}

export interface Durability {
  readonly what: string
  readonly windowMs: number
  readonly urgentWindowMs: number
  /** Chance that a set is lost in a year. */
  readonly perSetAndYear: number
  readonly nines: number
}

const CHECKED = 2_000

export function simulate(shape: ScaleShape, say: (line: string) => void): ScaleFindings {
  const began = performance.now()
  const layout = new Layout(shape)
  const layoutSeconds = (performance.now() - began) / 1_000
  say(`${shape.sets} sets on ${shape.providers} providers placed in ${layoutSeconds.toFixed(0)} s`)
  // first, while there is nothing to collect
  const memory = measureTables(layout)
  say(`a tracker's tables: ${Math.round(memory.perSet)} bytes per set and its holders`)
  const ring = lookAtRing(shape)
  const random = new SeededRandom(`events ${shape.seed}`)
  const isBad = Uint8Array.from({ length: shape.providers }, () => Number(random.uniform() < shape.badBatch))
  const losses: Readonly<Record<string, Loss & { readonly half?: true }>> = {
    'one provider': { isCertain: true, isLost: (p) => p === 7 },
    'one rack, silent': { isCertain: false, isLost: (p) => layout.rackOf(p) === 3 },
    'a bad batch of disks': { isCertain: true, isLost: (p) => isBad[p] === 1 },
    'one zone, silent': { isCertain: false, isLost: (p) => layout.zoneOf(p) === 1 },
    'half the trackers, then one rack': { isCertain: false, isLost: (p) => layout.rackOf(p) === 3, half: true },
  }
  const events = Object.entries(losses).map(([event, loss]) => {
    const found = eventOf(event, loss, layout, loss.half ? ring.sharesOfHalf : ring.shares, random)
    say(`${event}: ${found.degradedSets} sets degraded, healed after ${(found.healedMs / 60_000).toFixed(1)} min`)
    return found
  })
  const rack = losses['one rack, silent'] as Loss
  const slopes = [100, 10, 1].map((part): Slope => {
    const sets = Math.floor(shape.sets / part)
    const damage = assessDamage(layout, sets, rack)
    return { sets, missingShards: damage.missingShards, healedMs: heal(damage, shape, ring.shares).healedMs }
  })
  const followed = follow(layout, Math.min(shape.followed, shape.sets))
  say(`followed: ${followed.losses} losses, ${followed.expectedLosses.toFixed(0)} by the chain`)
  return {
    shape,
    layoutSeconds,
    events,
    slopes,
    memory,
    ring,
    audits: auditADay(layout),
    followed,
    durability: durabilityOf(shape, events),
    checked: check(layout, rack, random),
  }
}

function eventOf(event: string, loss: Loss, layout: Layout, shares: readonly number[], random: SeededRandom): EventFindings {
  const { shape } = layout
  const damage = assessDamage(layout, shape.sets, loss)
  const providers = Array.from({ length: shape.providers }, (_, p) => Number(loss.isLost(p))).reduce((sum, one) => sum + one, 0)
  const where = (margin: (margin: number) => boolean): number =>
    damage.setsByMissing.reduce((sum, sets, missing) => sum + (margin(shape.parity - missing) ? sets : 0), 0)
  return {
    event,
    providers,
    trackers: shares.length,
    degradedSets: where((margin) => margin < shape.parity),
    missingShards: damage.missingShards,
    bareSets: where((margin) => margin === 0),
    lostSets: where((margin) => margin < 0),
    expectedLostSets: shape.sets * tail(shape.required + shape.parity, shape.parity + 1, providers / shape.providers),
    ...heal(damage, shape, shares),
    ...placeAgain(layout, loss, damage, random),
  }
}

/** The rebuilt shards get places by the rule, among those that are left: of all degraded sets, or of as many as the shape says. */
function placeAgain(layout: Layout, { isLost }: Loss, { setsByMissing }: Damage, random: SeededRandom) {
  const { sets, placedAgain, providers, parity } = layout.shape
  const degraded = setsByMissing.slice(1).reduce((sum, count) => sum + count, 0)
  const share = Math.min(1, placedAgain / Math.max(1, degraded))
  const taken = new Uint32Array(providers)
  const open = layout.openTo((provider) => !isLost(provider))
  let [placed, unplaced, shards] = [0, 0, 0]
  for (let set = 0; set < sets; set++) {
    const holders = [...layout.holdersOf(set)]
    const settled = holders.filter((provider) => !isLost(provider))
    const wanted = holders.length - settled.length
    if (wanted === 0 || wanted > parity || random.uniform() >= share) continue
    const chosen = layout.choose(wanted, settled, open)
    for (const provider of chosen) taken[provider] = (taken[provider] ?? 0) + 1
    placed++
    shards += chosen.length
    unplaced += wanted - chosen.length
  }
  const busiest = taken.reduce((most, one) => Math.max(most, one), 0)
  return { placedAgain: placed, unplaced, busiest, meanTaken: shards / providers }
}

/** P(at least `from` of n) for the chance p of each. */
function tail(n: number, from: number, p: number): number {
  let [sum, ways] = [0, 1]
  for (let k = 0; k <= n; k++) {
    if (k >= from) sum += ways * p ** k * (1 - p) ** (n - k)
    ways = (ways * (n - k)) / (k + 1)
  }
  return sum
}

/** Providers lose their volumes independently: repair begins when the loss is seen and takes as long as that of one provider did. */
function durabilityOf(shape: ScaleShape, events: readonly EventFindings[]): Durability[] {
  const one = events.find(({ event }) => event === 'one provider')
  if (!one) throw new Error('no event of one provider')
  const rate = shape.annualFailureRate / YEAR_MS
  const repairMs = Math.max(1_000, one.healedMs - shape.lostMs)
  const silent = Math.max(shape.lostMs, shape.rebuildAfterMs) + repairMs
  const slow = silent + repairMs * 100
  return [
    { what: 'a loss is certain at once', windowMs: shape.lostMs + repairMs },
    { what: 'a loss is silence', windowMs: silent },
    { what: 'a loss is silence, a hundred times as many sets on as many providers', windowMs: slow },
    { what: 'a loss is noticed after a day', windowMs: 86_400_000 + repairMs },
  ].map(({ what, windowMs }) => {
    const urgentWindowMs = Math.min(windowMs, shape.lostMs + repairMs)
    const perSetAndYear = lossesPerYear(shape, { rate, window: windowMs, urgentWindow: urgentWindowMs })
    return { what, windowMs, urgentWindowMs, perSetAndYear, nines: -Math.log10(perSetAndYear) }
  })
}

function check(layout: Layout, loss: Loss, random: SeededRandom): ScaleFindings['checked'] {
  const { sets, required, parity } = layout.shape
  const lost = Uint8Array.from({ length: layout.shape.providers }, (_, p) => Number(loss.isLost(p)))
  const { assessments } = assessDamage(layout, sets, loss)
  let [misplaced, assessedOtherwise] = [0, 0]
  for (let i = 0; i < CHECKED; i++) {
    const set = random.below(sets)
    const holders = [...layout.holdersOf(set)]
    const claims = holders.map((p, index) => ({ index, peer: String(p), ...layout.domainsOf(p) }))
    if (countByRule(claims, layout.shape).length < required + parity) misplaced++
    const anew = assessOne(layout, set, loss.isCertain, lost)
    const before = assessments[holders.filter((p) => lost[p]).length]
    if (anew.margin !== before?.margin || Math.abs(anew.lossProbability - before.lossProbability) > 1e-12) assessedOtherwise++
  }
  return { sets: CHECKED, misplaced, assessedOtherwise }
}
