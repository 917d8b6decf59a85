/**
 * A domain and a zone that are added to a filled fleet: what is there follows, slowly, and nothing has less to spare on the way.
 */
import { ZONE_KEY } from '@lunarx/core/membership'
import { hexOf, itemAt } from '@lunarx/core/model'
import { countByRule } from '@lunarx/core/placement'
import test, { type ExecutionContext } from 'ava'
import { Fleet, type FleetOptions } from '../fleet/fleet.ts'
import { locateSet, putSet, readShard, sealSet, type SealedSet } from '../fleet/sets.ts'
import { seedsOf } from './seeds.ts'
import { Witness } from './witness.ts'

/** Of the longer stories, unless SEEDS or SEED say otherwise. */
const DEFAULT_SEEDS = '1'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const SHARD_BYTES = 20_000
const CAPACITY_BYTES = 2_000_000
/** Of repair, for each tracker: so many that the limits of providers hold evening out back, and so few that the rate does. */
const FAST_BYTES_PER_SECOND = 1_000_000
const SLOW_BYTES_PER_SECOND = 100_000
/** What of it evening out may have. */
const OF_REPAIR = 0.25
/** What one step takes: read, written, and read by the one that gives way. */
const STEP_BYTES = 3 * SHARD_BYTES
/** So many seconds are looked at for what moves in all; and for what one provider may have, fewer than lie between two heartbeats. */
const RATE_SECONDS = 10
const LIMIT_SECONDS = 3
/** What one of three trackers may move off or to a provider until it is heard: a third of 8 (node/tracker/limits.ts). */
const TRACKER_MOVES = 2
const DOMAIN_KEY = 'kubernetes.io/hostname'

/** Until now. */
interface Moves {
  readonly bytes: number
  readonly ofProviders: readonly number[]
}

class Evening implements AsyncDisposable {
  readonly fleet: Fleet
  readonly witness: Witness
  readonly #t: ExecutionContext
  /** For each tracker. */
  readonly #evenBytesPerSecond: number
  readonly sets: SealedSet[] = []
  /** Counts of processes that ended. */
  #endedBytes = 0

  static async start(t: ExecutionContext, options: FleetOptions, bytesPerSecond = FAST_BYTES_PER_SECOND): Promise<Evening> {
    const witness = new Witness()
    const network = { repair: { rebuildAfterMs: 10 * MINUTE, bytesPerSecond }, ...options.network }
    const fleet = await Fleet.start({ capacityBytes: CAPACITY_BYTES, disguise: witness.overhear, ...options, network })
    return new Evening(t, fleet, witness, OF_REPAIR * bytesPerSecond)
  }

  private constructor(t: ExecutionContext, fleet: Fleet, witness: Witness, evenBytesPerSecond: number) {
    this.#t = t
    this.#evenBytesPerSecond = evenBytesPerSecond
    this.fleet = fleet
    this.witness = witness
  }

  /** Fills those that are there while these are not. */
  async fillWithout(late: Fleet['providers'], sets: number): Promise<void> {
    const { fleet } = this
    for (const provider of late) fleet.kill(provider)
    await fleet.clock.runFor(20 * SECOND)
    for (let n = 0; n < sets; n++) {
      const set = sealSet(fleet, { shardBytes: SHARD_BYTES })
      this.#t.is((await fleet.run(putSet(fleet, set))).margin, 2)
      this.sets.push(set)
    }
    await fleet.clock.runFor(MINUTE)
    this.witness.forgetCounts()
  }

  /** Shares of all room that are taken, as providers say themselves. */
  get shares(): number[] {
    return this.fleet.anyTracker.status().providers.map(({ usedBytes, capacityBytes }) => usedBytes / capacityBytes)
  }

  get isEven(): boolean {
    return (
      Math.max(...this.shares) - Math.min(...this.shares) <= Math.max(0.01, 0.25 * Math.max(...this.shares)) + SHARD_BYTES / CAPACITY_BYTES
    )
  }

  /** By the trackers that run now, and those that ran. */
  get evenedBytes(): number {
    const values = this.fleet.trackers.map(({ powered }) => powered?.metrics.value('lunarx_tracker_evened_bytes_total') ?? 0)
    return this.#endedBytes + values.reduce((sum, value) => sum + value, 0)
  }

  takenBy(providers: Fleet['providers']): number {
    return providers.reduce((sum, one) => sum + (this.witness.taken.get(this.fleet.providers.indexOf(one)) ?? 0), 0)
  }

  givenBy(providers: Fleet['providers']): number {
    return providers.reduce((sum, one) => sum + (this.witness.given.get(this.fleet.providers.indexOf(one)) ?? 0), 0)
  }

  crashTracker(n: number): void {
    const tracker = itemAt(this.fleet.trackers, n)
    this.#endedBytes += tracker.powered?.metrics.value('lunarx_tracker_evened_bytes_total') ?? 0
    this.fleet.kill(tracker)
  }

  /**
   * Second by second: every set has all its shards; what one gives up another has; and no more bytes move than may, and no more shards
   * off or to any provider. Now and then: all shards of a set count by the rule.
   * @returns seconds until it holds
   */
  async until(
    holds: () => boolean,
    limitMs: number,
    meanwhile: (second: number) => Promise<void> = async () => undefined,
  ): Promise<number> {
    const { fleet } = this
    const seen = [this.#seeMoves()]
    for (let second = 1; second * SECOND <= limitMs; second++) {
      await meanwhile(second)
      await fleet.clock.runFor(SECOND)
      for (const tracker of fleet.runningTrackers) {
        const { margin, degraded } = tracker.status().sets
        this.#t.true(degraded === 0 && Object.keys(margin).every((key) => key === '2'), `${JSON.stringify(margin)} after ${second} s`)
      }
      this.#t.deepEqual(this.witness.vanished, [])
      if (second % 5 === 0) this.checkHolders()
      seen.push(this.#seeMoves())
      this.#checkPace(seen)
      if (holds()) return second
    }
    return Number.POSITIVE_INFINITY
  }

  #seeMoves(): Moves {
    return { bytes: this.movedBytes, ofProviders: this.fleet.providers.map((_, provider) => this.movesOf(provider)) }
  }

  /** @param seen second by second: of some of the last ones neither all together nor one provider may have had too many */
  #checkPace(seen: readonly Moves[]): void {
    const trackers = this.fleet.trackers.length
    const [now, before, lately] = [seen.at(-1), seen.at(-1 - RATE_SECONDS) ?? seen[0], seen.at(-1 - LIMIT_SECONDS) ?? seen[0]]
    if (!now || !before || !lately) return
    const mostBytes = trackers * (RATE_SECONDS * this.#evenBytesPerSecond + 2 * STEP_BYTES)
    this.#t.true(now.bytes - before.bytes <= mostBytes, `${now.bytes - before.bytes} bytes in ${RATE_SECONDS} s`)
    // in less than a heartbeat it is heard once at most; what began before may end then
    const mostMoves = trackers * (2 * TRACKER_MOVES + 1)
    for (const [provider, moves] of now.ofProviders.entries()) {
      const some = moves - (lately.ofProviders[provider] ?? 0)
      this.#t.true(some <= mostMoves, `${some} moves of ${provider} in ${LIMIT_SECONDS} s`)
    }
  }

  /** Of what providers stored and gave: a step reads, writes, and reads again. */
  get movedBytes(): number {
    return STEP_BYTES * [...this.witness.taken.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Shards that it took and gave. */
  movesOf(provider: number): number {
    return (this.witness.taken.get(provider) ?? 0) + (this.witness.given.get(provider) ?? 0)
  }

  checkHolders(): void {
    const { fleet, witness } = this
    this.#t.deepEqual(witness.vanished, [])
    for (const { id } of this.sets) {
      const claims = [0, 1, 2, 3, 4, 5].flatMap((index) =>
        [...(witness.holders.get(`${hexOf(id)} ${index}`) ?? [])].map((provider) => {
          const { peer, place } = itemAt(fleet.providers, provider).machine
          return { index, peer, domain: place.domains[DOMAIN_KEY] ?? '', zone: place.domains[ZONE_KEY] }
        }),
      )
      const counted = countByRule(claims, { parity: 2, survive: 1 })
      if (counted.length < 6) this.#t.fail(`a set has ${counted.length} shards by the rule`)
    }
  }

  /** It lies as trackers say, each shard with one holder, and every byte is right. */
  async checkBytes(): Promise<void> {
    const { fleet } = this
    for (const set of this.sets) {
      const { holders } = await fleet.run(locateSet(fleet, set))
      this.#t.deepEqual(
        holders.map(({ index }) => index),
        [0, 1, 2, 3, 4, 5],
      )
      for (const { index, provider } of holders)
        this.#t.deepEqual(await fleet.run(readShard(fleet, set, index, provider)), set.shards[index])
    }
    this.#t.deepEqual(fleet.defects, [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet[Symbol.asyncDispose]()
  }
}

for (const seed of seedsOf({ SEEDS: DEFAULT_SEEDS, ...process.env })) {
  test.serial(`a domain that is added to a filled fleet takes over its share, and all comes to rest (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    await using evening = await Evening.start(t, { seed, trackers: 3, providers: 10, domains: 5 })
    const { fleet, witness } = evening
    const late = fleet.providers.filter(({ machine }) => machine.place.domains[DOMAIN_KEY] === 'n4')
    await evening.fillWithout(late, 40)
    for (const provider of late) await fleet.startProvider(provider)
    await fleet.clock.runFor(10 * SECOND)
    t.true(Math.max(...evening.shares) > 0.25 && !evening.isEven, evening.shares.join(' '))
    t.is(await evening.until(() => evening.takenBy(late) > 0, 4 * MINUTE), Number.POSITIVE_INFINITY, 'nothing before they are steady')
    const takesS = await evening.until(() => evening.isEven, 20 * MINUTE)
    t.true(takesS < 20 * 60, 'bytes are even')
    t.is(await evening.until(() => false, 10 * MINUTE), Number.POSITIVE_INFINITY)
    const bytes = evening.evenedBytes
    await evening.until(() => false, 10 * MINUTE)
    t.is(evening.evenedBytes, bytes, 'it has come to rest')
    t.true(evening.isEven)
    t.deepEqual(witness.cameBack, [])
    t.is(evening.givenBy(late), 0, 'what was empty gives nothing up')
    t.log(`${takesS} s, ${bytes / SHARD_BYTES} moves, shares ${evening.shares.map((share) => share.toFixed(2)).join(' ')}`)
    await evening.checkBytes()
  })

  test.serial(`the same while trackers crash: nothing is lost, and what was begun is ended (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    await using evening = await Evening.start(t, { seed, trackers: 3, providers: 10, domains: 5 })
    const { fleet, witness } = evening
    const late = fleet.providers.filter(({ machine }) => machine.place.domains[DOMAIN_KEY] === 'n4')
    await evening.fillWithout(late, 30)
    for (const provider of late) await fleet.startProvider(provider)
    await evening.until(() => evening.evenedBytes > 0, 20 * MINUTE)
    for (let round = 0; round < 6; round++) {
      const n = round % 3
      await fleet.clock.runFor(fleet.random.below(3_000))
      evening.crashTracker(n)
      evening.checkHolders()
      await fleet.clock.runFor(fleet.random.below(20_000))
      await fleet.startTracker(itemAt(fleet.trackers, n))
      evening.checkHolders()
    }
    const areSingle = (): boolean => [...witness.holders.values()].every(({ size }) => size === 1)
    t.true(await fleet.clock.runUntil(() => evening.isEven && areSingle(), 100 * MINUTE), evening.shares.join(' '))
    await fleet.clock.runFor(MINUTE) // until all trackers have heard
    t.deepEqual(witness.cameBack, [])
    evening.checkHolders()
    await evening.checkBytes()
  })

  test.serial(`a zone that is added gets its share of every set (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    await using evening = await Evening.start(t, { seed, trackers: 3, providers: 9, domains: 9, zones: 3 }, SLOW_BYTES_PER_SECOND)
    const { fleet, witness } = evening
    const late = fleet.providers.filter(({ machine }) => machine.place.domains[ZONE_KEY] === 'z2')
    await evening.fillWithout(late, 20)
    const byZone = (): number[][] =>
      evening.sets.map(({ id }) => {
        const zones = [0, 0, 0]
        for (let index = 0; index < 6; index++)
          for (const provider of witness.holders.get(`${hexOf(id)} ${index}`) ?? []) zones[provider % 3] = (zones[provider % 3] ?? 0) + 1
        return zones
      })
    const areEven = (): boolean => byZone().every((zones) => zones.join() === '2,2,2')
    t.true(byZone().every((zones) => zones.join() === '3,3,0'))
    for (const provider of late) await fleet.startProvider(provider)
    t.true((await evening.until(areEven, 20 * MINUTE)) < 20 * 60, JSON.stringify(byZone()))
    await evening.until(() => false, 10 * MINUTE)
    t.true(areEven())
    t.is(evening.takenBy(late) - evening.givenBy(late), 2 * 20)
    t.log(`${evening.evenedBytes / SHARD_BYTES} moves, shares ${evening.shares.map((share) => share.toFixed(2)).join(' ')}`)
    t.deepEqual(witness.cameBack, [])
    await evening.checkBytes()
  })
}
