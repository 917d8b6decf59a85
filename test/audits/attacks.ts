/**
 * Every attack that audits have to meet, played over seeds by the functions of core/audit on real shards; providers that refuse their
 * owner by a whole network.
 *
 * @module
 */
import { AUDIT_PROMISE, detectionProbability } from '@lunarx/core/audit'
import { itemAt } from '@lunarx/core/model'
import { stream } from '../vectors/stream.ts'
import { withholdSecrets } from './beacon-attack.ts'
import { dodges, keepsTree, lacksLeaves, lacksShards, replays, returnsGarbage, type Behaviour } from './behaviour.ts'
import { medianOf, quantileOf, SLOW, type Attack, type Beside } from './measure.ts'
import { fetchesFromPeers } from './outsourcing.ts'
import { INTERVAL_MS, Trial } from './trial.ts'
import { VERIFIERS } from './papers.ts'
import { readFromHostages } from './hostage.ts'
import { holdShards, type HeldShard } from './shards.ts'
import { dropRowValues } from './rows.ts'
import { steerBeacon } from './steered-beacon.ts'
import { placeSybils } from './sybil.ts'
import { placesOf, sweep, type SweptPlace } from './sweeping.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

export interface AttackSize {
  /** Trials of attacks that are found within minutes, and of those that take a day. */
  readonly short: number
  readonly day: number
  /** Shards of the provider, 4 leaves each. */
  readonly shards: number
  readonly beaconRounds: number
  /** Objects that are withheld from their owner. */
  readonly hostages: number
}

export const FULL: AttackSize = { short: 500, day: 200, shards: 200, beaconRounds: 10, hostages: 50 }
export const SMALL: AttackSize = { short: 40, day: 4, shards: 40, beaconRounds: 1, hostages: 2 }

interface DrawAttack {
  readonly attack: string
  readonly paper: string
  /** Fraction of leaves that it cannot answer for. */
  readonly lacking: number
  readonly behaviour: (seed: number) => Behaviour
  readonly withinMs: number
  readonly trials: number
  readonly colluding?: ReadonlySet<string>
  readonly beside?: (trials: readonly Trial[]) => readonly Beside[]
}

/** A trial goes on until it is found, ten times as long as the promise has it at most. */
const UNTIL_MS = 10 * AUDIT_PROMISE.withinMs

/** Attacks that draws find: P = 1 − e^(−f t / interval), median ln 2 · interval / f, 99 of 100 ln 100 · interval / f. */
function playDraws(shards: readonly HeldShard[], one: DrawAttack): Attack {
  const trials = Array.from({ length: one.trials }, (_, seed) => {
    const options = { shards, behaviour: one.behaviour(seed), seed: `${one.attack} ${seed}`, untilMs: UNTIL_MS }
    return new Trial(one.colluding ? { ...options, colluding: one.colluding } : options).run()
  })
  const foundMs = trials.map((trial) => trial.foundMs)
  const shareWithin = (ms: number): number => foundMs.filter((atMs) => atMs !== undefined && atMs <= ms).length / trials.length
  const slowMs = (-Math.log1p(-SLOW) * INTERVAL_MS) / one.lacking
  return {
    attack: one.attack,
    paper: one.paper,
    counted: `found within ${one.withinMs < HOUR_MS ? `${one.withinMs / MINUTE_MS} min` : `${one.withinMs / HOUR_MS} h`}`,
    formula: '1 − e^(−f·t/interval)',
    expected: detectionProbability(one.lacking, one.withinMs, INTERVAL_MS),
    measured: shareWithin(one.withinMs),
    trials: trials.length,
    medianMin: {
      formula: (Math.LN2 * INTERVAL_MS) / one.lacking / MINUTE_MS,
      measured: medianOf(foundMs) / MINUTE_MS,
      counted: medianOf(trials.map(({ countedMs }) => countedMs)) / MINUTE_MS,
    },
    slowMin: { formula: slowMs / MINUTE_MS, measured: quantileOf(foundMs, SLOW) / MINUTE_MS, share: shareWithin(slowMs) },
    ...(one.beside ? { beside: one.beside(trials) } : {}),
  }
}

/** Every one of these is a share of trials that must come out as the formula says. */
export async function playAttacks(size: AttackSize, say: (line: string) => void): Promise<Attack[]> {
  const shards = await holdShards(size.shards)
  const leaves = shards.reduce((sum, { leafHashes }) => sum + leafHashes.length, 0)
  const quick = { withinMs: 5 * MINUTE_MS, trials: size.short }
  const day = { withinMs: AUDIT_PROMISE.withinMs, trials: size.day }
  const draws: DrawAttack[] = [
    { attack: 'keeps only the tree', paper: 'forging', lacking: 1, behaviour: () => keepsTree, ...quick },
    { attack: 'returns garbage', paper: 'forging', lacking: 1, behaviour: () => returnsGarbage, ...quick },
    {
      attack: 'is silent when drawn, signs garbage when asked again',
      paper: 'forging',
      lacking: 1,
      behaviour: () => dodges,
      ...quick,
      beside: (trials) => [{ what: 'debited', count: trials.reduce((sum, { debits }) => sum + debits, 0), due: trials.length }],
    },
    { attack: 'replays old answers', paper: 'forging', lacking: 1, behaviour: () => replays, ...quick },
    fetchesFromPeers(shards, quick),
    ...[0.01, 0.05, 0.1].map((fraction) => {
      const count = Math.max(1, Math.round(fraction * leaves))
      const behaviour = (seed: number) => lacksLeaves(shards, count, `lacking ${seed}`)
      return { attack: `drops ${fraction * 100} %`, paper: 'cheating', lacking: count / leaves, behaviour, ...day }
    }),
    lackingShards(shards, 'lies in inventories: a tenth is not there', 0.1, { withinMs: 2 * HOUR_MS, trials: size.day }),
    lackingShards(shards, 'claims twice the space it has', 0.5, { withinMs: 10 * MINUTE_MS, trials: size.short }),
    {
      attack: 'drops 1 %, a third of the verifiers on its side',
      paper: 'conspiracy',
      lacking: Math.max(1, Math.round(0.01 * leaves)) / leaves,
      behaviour: (seed) => lacksLeaves(shards, Math.max(1, Math.round(0.01 * leaves)), `conspiracy ${seed}`),
      // A whole zone: those who are not asked again from the other two.
      colluding: new Set(VERIFIERS.filter((_, i) => i % 3 === 0).map(({ peer }) => peer)),
      withinMs: AUDIT_PROMISE.withinMs,
      trials: Math.ceil(size.day / 2),
      beside: (trials) => [
        { what: 'forged proofs refused', count: trials.reduce((sum, { refused }) => sum + refused, 0), due: 'some' },
        { what: 'taken', count: trials.reduce((sum, { deceived }) => sum + deceived, 0), due: 0 },
      ],
    },
  ]
  const attacks: Attack[] = []
  const add = (attack: Attack): void => {
    attacks.push(attack)
    say(`${attack.attack}: ${attack.measured} of ${attack.trials} trials, by formula ${attack.expected.toPrecision(4)}`)
  }
  for (const one of draws) add(playDraws(shards, one))
  add(keepSpentPlaces(shards, 8))
  add(keepFraction(shards.slice(0, Math.min(100, size.shards)), size.short))
  add(await frameByCodes(Math.min(60, size.shards)))
  add(await readFromHostages(size.hostages))
  add(withholdSecrets(size.beaconRounds))
  add(steerBeacon(size.beaconRounds))
  for (const attack of dropRowValues(size.short)) add(attack)
  add(placeSybils(size.short))
  return attacks
}

function lackingShards(
  shards: readonly HeldShard[],
  attack: string,
  fraction: number,
  how: { withinMs: number; trials: number },
): DrawAttack {
  const count = Math.round(fraction * shards.length)
  const behaviour = (seed: number) => lacksShards(shards, count, `${attack} ${seed}`)
  return { attack, paper: 'cheating', lacking: count / shards.length, behaviour, ...how }
}

/** Has every 16 bytes that were ever asked, and nothing else: each round asks others. */
function keepSpentPlaces(shards: readonly HeldShard[], rounds: number): Attack {
  const kept = shards.map(({ bytes }) => new Uint8Array(bytes.length))
  let disproved = 0
  for (let round = 0; round < rounds; round++) {
    const places = placesOf(shards, round)
    disproved += sweep(places, (_, at) => itemAt(kept, at), stream(`spent ${round}`, 32)).findings.disproved
    places.forEach(({ shard, offset }, at) => itemAt(kept, at).set(shard.bytes.subarray(offset, offset + 16), offset))
  }
  const trials = rounds * shards.length
  return {
    attack: 'keeps only spent places',
    paper: 'forging',
    counted: 'shards disproved by one round of the sweep',
    formula: '1',
    expected: 1,
    measured: disproved / trials,
    trials,
  }
}

/** Has the fraction c of the bytes of each region, another part in each shard and trial: passes a sweep of s shards with probability c^s. */
function keepFraction(shards: readonly HeldShard[], trials: number): Attack {
  const kept = 0.99
  const places = placesOf(shards, 0)
  const nothing = new Uint8Array(itemAt(shards, 0).bytes.length)
  let found = 0
  for (let trial = 0; trial < trials; trial++) {
    const words = new DataView(stream(`kept ${trial}`, 4 * places.length).buffer)
    const has = ({ shard, region, offset }: SweptPlace, at: number): boolean => {
      const regionBytes = (shard.bytes.length - 16 * shard.watermarks) / shard.watermarks
      return ((offset - 16 * region) / regionBytes - region + words.getUint32(4 * at) / 2 ** 32) % 1 < kept
    }
    const swept = sweep(places, (place, at) => (has(place, at) ? place.shard.bytes : nothing), stream(`swept ${trial}`, 32))
    if (swept.findings.disproved > 0) found++
  }
  return {
    attack: `keeps 99 % of each shard, ${places.length} shards`,
    paper: 'cheating',
    counted: 'found by one round of the sweep',
    formula: '1 − c^s',
    expected: 1 - kept ** places.length,
    measured: found / trials,
    trials,
  }
}

/** An owner whose shards do not carry the codes that it dealt to the slots: every sweep fails, and no provider is to blame. */
async function frameByCodes(count: number): Promise<Attack> {
  const shards = await holdShards(count, true)
  const places = placesOf(shards, 0)
  const { findings, wrong } = sweep(places, ({ shard }) => shard.bytes, stream('framed', 32))
  return {
    attack: 'an owner seals wrong codes to frame a provider',
    paper: 'conspiracy',
    counted: 'shards whose holder is convicted',
    formula: '0',
    expected: 0,
    measured: findings.disproved / count,
    trials: count,
    beside: [
      { what: 'watermarks wrong', count: wrong, due: count },
      { what: 'tickets convicted by the leaf', count: findings['ticket-wrong'], due: count },
    ],
  }
}
