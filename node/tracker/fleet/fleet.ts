/**
 * The providers: who they are, when they were heard, by which tracker, and what that means.
 *
 * Remembers in its own store who there was and who is lost for certain: that is final for a peer id. What other trackers declare or
 * order counts here once a majority of all trackers says so; the operator tells each of them itself. Never asks a peer itself.
 *
 * @module
 */
import { agreedOrder, isMajority, publicKeyOf, ZONE_KEY, type PeerId } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import { poolOf, type Candidate, type FailureDomains } from '@lunarx/core/placement'
import type { Session } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { NO_DRAIN, type DrainOrder, type DrainProgress, type FleetProvider, type ProviderView } from '@lunarx/wire'
import type { Standings } from '../audit/standings.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { findReplaced, judgeLiveness, lookingAhead, type Detection, type ProviderState } from './judge.ts'
import { packRemembered, storeOf, unpackRemembered, type Heartbeat, type Member, type Remembered } from './member.ts'
import { Voices } from './voices.ts'

export interface FleetConfig {
  readonly domainKey: string
  readonly detection: Detection & { readonly heartbeatMs: number }
  /** Trackers of the network. */
  readonly trackers: number
  readonly maxProviders: number
}

export interface FleetDeps {
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly log: Log
  readonly standings: Pick<Standings, 'of' | 'isPlaceable'>
  /** What counts on this provider may have changed: its state, that it is declared lost, or what it fails together with. */
  readonly onChange: (peer: PeerId) => void
}

/** What repair and placement need to know of the holder of a shard. */
export interface Standing {
  readonly state: ProviderState
  readonly isDeclaredLost: boolean
  readonly address: PeerAddress & { readonly peer: PeerId }
}

/** What is known of a provider before it was heard; of members of an epoch not even the store. */
type Expected = Pick<ProviderView, 'peer' | 'name' | 'domain' | 'address'> & Partial<Pick<ProviderView, 'zone' | 'store'>>

/** So loaded a provider counts that is being vetted while others are trusted. */
const VETTING_LOAD = 0.75

export class Fleet {
  readonly #config: FleetConfig
  readonly #deps: FleetDeps
  readonly #members = new Map<PeerId, Member>()
  #ordered: readonly Member[] | undefined
  readonly #states = new Map<PeerId, ProviderState>()
  readonly #voices: Voices
  readonly #detection: Detection
  readonly #startedMs: number
  readonly #wasEmpty: boolean

  private constructor(config: FleetConfig, deps: FleetDeps, remembered: readonly Remembered[]) {
    this.#config = config
    this.#deps = deps
    this.#voices = new Voices(deps.clock, 3 * config.detection.heartbeatMs)
    this.#detection = lookingAhead(config.detection, TRACKER_LIMITS.beatMs)
    this.#startedMs = deps.clock.elapsed()
    this.#wasEmpty = remembered.length === 0
    for (const one of remembered) this.#add(one)
  }

  static async open(config: FleetConfig, deps: FleetDeps): Promise<Fleet> {
    const entries = await deps.store.scan({ from: new Uint8Array(), limit: config.maxProviders })
    return new Fleet(
      config,
      deps,
      entries.map(({ value }) => unpackRemembered(value)),
    )
  }

  /** In order of name, then peer. */
  get peers(): PeerId[] {
    return this.#inOrder().map(({ remembered }) => remembered.peer)
  }

  /** A heartbeat came. @throws {LunarError} TOO_MANY_REQUESTS if the fleet is full */
  async hear({ peer, credential }: Session, beat: Heartbeat, inventorySequence: number): Promise<void> {
    const known = this.#members.get(peer)
    if (!known && this.#members.size >= this.#config.maxProviders)
      throw new LunarError('TOO_MANY_REQUESTS', 'the network has as many providers as a tracker can follow', {
        detail: { limit: this.#config.maxProviders },
      })
    const remembered: Remembered = {
      peer,
      name: credential.name,
      domain: credential.domains[this.#config.domainKey] ?? '',
      zone: credential.domains[ZONE_KEY] ?? '',
      store: storeOf(credential, beat),
      address: { ...beat.address, peer },
      issuedMs: Math.max(credential.issuedMs, known?.remembered.issuedMs ?? 0),
      lostReason: known?.remembered.lostReason ?? null,
      isRetired: known?.remembered.isRetired ?? false,
      drain: known?.remembered.drain ?? NO_DRAIN,
    }
    if (!known || !isSame(known.remembered, remembered)) await this.#remember([remembered])
    const before = this.domainsOf(peer)
    const member = this.#members.get(peer) ?? this.#add(remembered)
    const { lostReason, isRetired, drain } = member.remembered // as they are now, and not before the write
    if (member.remembered.name !== remembered.name) this.#ordered = undefined
    member.remembered = { ...remembered, lostReason, isRetired, drain }
    member.beat = beat
    if (this.#silenceHere(member) >= this.#config.detection.suspectMs) member.steadyMs = undefined
    member.heardMs = this.#deps.clock.elapsed()
    member.steadyMs ??= member.heardMs
    member.promisedBytes = 0
    member.hasReported ||= inventorySequence >= beat.inventorySequence
    this.#judge(member)
    this.#noteMoved(peer, before)
  }

  /**
   * Lost for certain; durable when it resolves. Returns false for a peer that is not known or already declared.
   * @param isRetired on purpose, after it was drained: nothing to be alarmed about
   */
  async declareLost(peer: PeerId, reason: string, isRetired = false): Promise<boolean> {
    const member = this.#members.get(peer)
    if (!member || member.remembered.lostReason !== null) return false
    await this.#remember([{ ...member.remembered, lostReason: reason, isRetired }])
    member.remembered = { ...member.remembered, lostReason: reason, isRetired }
    member.declaredMs = this.#deps.clock.elapsed()
    const { name } = member.remembered
    if (isRetired) this.#deps.log.info('a provider is retired', { peer, name, reason })
    else this.#deps.log.warn('a provider is lost for certain', { peer, name, reason })
    this.#judge(member)
    this.#deps.onChange(peer)
    return true
  }

  /**
   * A newer order than any before, or the one in force if it says the same; durable when it resolves.
   * @throws {LunarError} UNKNOWN_PEER
   */
  async orderDrain(peer: PeerId, isDraining: boolean): Promise<DrainOrder> {
    const member = this.#members.get(peer)
    if (!member) throw new LunarError('UNKNOWN_PEER', 'this tracker has never heard of the provider', { detail: { peer } })
    const { drain } = member.remembered
    if (drain.isDraining === isDraining) return drain
    return this.#takeDrain(member, { revision: Math.max(drain.revision + 1, Math.floor(this.#deps.clock.now())), isDraining })
  }

  /** It gets no new shards, and what it holds does not count for the placement rule once others hold it. */
  isDraining(peer: PeerId): boolean {
    return this.#members.get(peer)?.remembered.drain.isDraining ?? false
  }

  /** The newest order for a provider. */
  drainOrder(peer: PeerId): DrainOrder {
    return this.#members.get(peer)?.remembered.drain ?? NO_DRAIN
  }

  /**
   * What a provider obeys that has heard every tracker: each may have been told at another time, and what a majority has counts.
   * Without a majority at hand its own order, which is not smaller.
   */
  orderToObey(peer: PeerId): DrainOrder {
    const own = this.drainOrder(peer)
    const agreed = agreedOrder([own, ...this.#voices.ordersOf(peer)], this.#config.trackers)
    return agreed?.isDraining === own.isDraining && agreed.revision < own.revision ? agreed : own
  }

  /** As the provider itself said last, since the start of this tracker. */
  lastBeat(peer: PeerId): Heartbeat | undefined {
    return this.#members.get(peer)?.beat
  }

  /**
   * Members of an epoch are of the fleet, heard or not: a tracker that lost its memory must be able to find that one of them is gone.
   */
  async expect(members: readonly Expected[]): Promise<void> {
    const room = this.#config.maxProviders - this.#members.size
    const unknown = members.filter(({ peer }) => !this.#members.has(peer)).slice(0, Math.max(0, room))
    if (unknown.length === 0) return
    const remembered = unknown.map(({ peer, name, domain, zone, store = null, address }) => ({
      peer,
      name,
      domain,
      ...(zone === undefined ? {} : { zone }),
      store,
      address: { ...address, peer },
      issuedMs: 0,
      lostReason: null,
      isRetired: false,
      drain: NO_DRAIN,
    }))
    await this.#remember(remembered)
    for (const one of remembered) if (!this.#members.has(one.peer)) this.#add(one)
  }

  /** What another tracker sees. */
  async learn(tracker: string, views: readonly ProviderView[]): Promise<void> {
    this.#voices.learn(tracker, views)
    await this.expect(views)
    await this.#learnPlaces(views)
    for (const { peer, declaredLost } of views) {
      const member = this.#members.get(peer)
      if (!member) continue
      const order = agreedOrder([member.remembered.drain, ...this.#voices.ordersOf(peer)], this.#config.trackers)
      if (order && order.revision > member.remembered.drain.revision) await this.#takeDrain(member, order)
      if (declaredLost) await this.#followDeclarations(peer)
    }
  }

  /** What this tracker sees, for the others. */
  views(): ProviderView[] {
    return this.#inOrder().map((member) => {
      const { peer, name, domain, zone, store, address, lostReason, isRetired, drain } = member.remembered
      const silentMs = Math.floor(this.#silenceHere(member))
      const isUnheard = member.heardMs === undefined && silentMs < this.#config.detection.suspectMs
      return {
        peer,
        name,
        domain,
        ...(zone === undefined ? {} : { zone }),
        store,
        address,
        silentMs: isUnheard ? null : silentMs,
        declaredLost: lostReason !== null,
        retired: isRetired,
        drain,
      }
    })
  }

  /** Judges everyone again, since silence grows by itself, and declares lost whose place another has taken. */
  async refresh(): Promise<void> {
    for (const member of this.#members.values()) this.#judge(member)
    const candidates = [...this.#members.values()].filter(({ remembered }) => remembered.lostReason === null)
    const replaced = findReplaced(
      candidates.map(({ remembered: { peer, name, issuedMs } }) => ({ peer, name, issuedMs, state: this.#stateOf(peer) })),
    )
    for (const { peer, by } of replaced) await this.declareLost(peer, `its place was taken by ${by}`)
  }

  standing(peer: PeerId): Standing | undefined {
    const member = this.#members.get(peer)
    if (!member) return undefined
    const { address, lostReason } = member.remembered
    return { state: this.#stateOf(peer), isDeclaredLost: lostReason !== null, address }
  }

  /** The shortest silence among the trackers' views; 0 of a provider that is not known. No part of its standing, which is asked for far more often. */
  silentMs(peer: PeerId): number {
    const member = this.#members.get(peer)
    return member ? Math.min(...this.#silences(member)) : 0
  }

  /** Since when (elapsed) its heartbeats have come to this tracker without a gap; null: it is silent now. */
  steadySince(peer: PeerId): number | null {
    const member = this.#members.get(peer)
    if (member?.steadyMs === undefined || this.#silenceHere(member) >= this.#config.detection.suspectMs) return null
    return member.steadyMs
  }

  /** What it fails together with. One that is not known fails with all others of which nothing is known. */
  domainsOf(peer: PeerId): FailureDomains {
    const remembered = this.#members.get(peer)?.remembered
    return { domain: remembered?.domain ?? '', zone: remembered?.zone, store: remembered?.store ?? undefined }
  }

  /**
   * Providers that may take a shard: those that store, are to stay, and have not lost their standing. In order of name. Beside trusted
   * ones, those that are still being vetted are taken as if they were loaded.
   * @param isAllowed only of these pools
   */
  candidates(isAllowed: (pool: string) => boolean): Candidate[] {
    const { standings } = this.#deps
    const open = this.storing().filter(({ peer }) => !this.isDraining(peer) && isAllowed(this.poolOf(peer)) && standings.isPlaceable(peer))
    const isTrusted = (peer: PeerId): boolean => standings.of(peer).state === 'trusted'
    if (!open.some(({ peer }) => isTrusted(peer))) return open
    return open.map((candidate) => (isTrusted(candidate.peer) ? candidate : { ...candidate, load: Math.max(candidate.load, VETTING_LOAD) }))
  }

  /** Providers that may have taken a shard lately: alive, storing, heard by this tracker. In order of name. */
  storing(): Candidate[] {
    return this.#inOrder().flatMap((member) => this.#storedBy(member) ?? [])
  }

  /** One of {@link storing}; undefined: it is none. */
  storedBy(peer: PeerId): Candidate | undefined {
    const member = this.#members.get(peer)
    return member && this.#storedBy(member)
  }

  /** When (elapsed) its last heartbeat came to this tracker; undefined: none did since the start. */
  heardMs(peer: PeerId): number | undefined {
    return this.#members.get(peer)?.heardMs
  }

  /** Bytes that were just reserved with a provider: counted until its next heartbeat says so itself. */
  promise(peer: PeerId, bytes: number): void {
    const member = this.#members.get(peer)
    if (member) member.promisedBytes += bytes
  }

  /** A shard of so many bytes was just given up by a provider: as {@link promise}. */
  release(peer: PeerId, bytes: number): void {
    this.promise(peer, -bytes)
  }

  poolOf(peer: PeerId): string {
    return poolOf(this.#members.get(peer)?.remembered.name ?? '')
  }

  /** Nobody is silent for the time being, and nobody that is there is to be drained. */
  get isCalm(): boolean {
    return this.#members
      .values()
      .every(
        ({ remembered: { peer, lostReason, drain } }) => lostReason !== null || (this.#stateOf(peer) !== 'suspect' && !drain.isDraining),
      )
  }

  /** Bytes that shards take, or are promised, on the providers that this tracker has heard and that are not lost. */
  get takenBytes(): number {
    return this.#members
      .values()
      .filter(({ remembered: { peer, lostReason } }) => lostReason === null && this.#stateOf(peer) !== 'lost')
      .reduce((sum, { beat, promisedBytes }) => sum + (beat?.usedBytes ?? 0) + (beat?.reservedBytes ?? 0) + promisedBytes, 0)
  }

  /**
   * True while there is a provider that others hear and that this tracker has never heard: it may not know of this tracker yet, since it
   * runs with an older configuration. Nothing follows then from what nobody said to hold.
   */
  get isDeaf(): boolean {
    return this.#members
      .values()
      .some(({ remembered: { peer, issuedMs, lostReason } }) => issuedMs === 0 && lostReason === null && this.#stateOf(peer) === 'alive')
  }

  /**
   * True once a shard without a holder means that nobody has it: all who were known before the start have reported, or there was
   * time enough for everyone alive to do so.
   */
  get isWarm(): boolean {
    if (this.isDeaf) return false
    if (this.#deps.clock.elapsed() - this.#startedMs >= this.#config.detection.lostMs) return true
    return (
      !this.#wasEmpty && [...this.#members.values()].every(({ remembered, hasReported }) => hasReported || remembered.lostReason !== null)
    )
  }

  /** For status: one line per provider. @param drainOf how far one that is to be drained has come */
  list(drainOf: (peer: PeerId, order: DrainOrder) => DrainProgress): FleetProvider[] {
    return this.#inOrder().map((member) => {
      const { peer, name, domain, zone, store, address, lostReason, isRetired, drain } = member.remembered
      const { beat } = member
      return {
        peer,
        name,
        domain,
        ...(zone === undefined ? {} : { zone }),
        store,
        address,
        state: this.#stateOf(peer),
        declaredLost: lostReason !== null,
        retired: isRetired,
        drain: drain.isDraining && lostReason === null ? drainOf(peer, drain) : null,
        silentMs: member.heardMs === undefined ? null : Math.floor(this.#silenceHere(member)),
        services: beat?.services ?? [],
        capacityBytes: beat?.capacityBytes ?? 0,
        usedBytes: beat?.usedBytes ?? 0,
        reservedBytes: beat?.reservedBytes ?? 0,
        shards: beat?.shards ?? 0,
        epoch: beat?.epoch ?? 0,
        mergedEpoch: beat?.mergedEpoch ?? 0,
      }
    })
  }

  /** Where the shards of a provider lie that was not heard here yet: members of an epoch come without store and zone. */
  async #learnPlaces(views: readonly ProviderView[]): Promise<void> {
    const learned = views.flatMap(({ peer, ...view }) => {
      const member = this.#members.get(peer)
      if (!member || member.beat) return []
      const before = this.domainsOf(peer)
      const zone = view.zone ?? member.remembered.zone
      const store = view.store ?? member.remembered.store
      if (zone === member.remembered.zone && store === member.remembered.store) return []
      member.remembered = { ...member.remembered, ...(zone === undefined ? {} : { zone }), store }
      this.#noteMoved(peer, before)
      return [member.remembered]
    })
    if (learned.length > 0) await this.#remember(learned)
  }

  /** Its shards may be too many now where it fails together with other holders. */
  #noteMoved(peer: PeerId, before: FailureDomains): void {
    const { domain, zone, store } = this.domainsOf(peer)
    if (domain !== before.domain || zone !== before.zone || store !== before.store) this.#deps.onChange(peer)
  }

  /** This tracker has not declared it lost itself, so that its own voice is none of them. */
  async #followDeclarations(peer: PeerId): Promise<void> {
    const { lost, retired } = this.#voices.declarationsOf(peer)
    if (!isMajority(lost, this.#config.trackers)) return
    await this.declareLost(peer, 'a majority of the trackers declared it lost', isMajority(retired, this.#config.trackers))
  }

  async #takeDrain(member: Member, drain: DrainOrder): Promise<DrainOrder> {
    await this.#remember([{ ...member.remembered, drain }])
    member.remembered = { ...member.remembered, drain }
    const { peer, name } = member.remembered
    this.#deps.log.info(drain.isDraining ? 'a provider is being drained' : 'a provider stays after all', { peer, name })
    this.#deps.onChange(peer)
    return drain
  }

  /** Sorted once for as long as nobody comes and nobody changes its name: each placement looks at all. */
  #inOrder(): readonly Member[] {
    return (this.#ordered ??= [...this.#members.values()].sort(
      (a, b) => compareText(a.remembered.name, b.remembered.name) || compareText(a.remembered.peer, b.remembered.peer),
    ))
  }

  #storedBy({ remembered, beat, promisedBytes }: Member): Candidate | undefined {
    const { peer, domain, zone } = remembered
    const store = remembered.store ?? undefined
    if (!beat?.services.includes('storage') || remembered.lostReason !== null || this.#stateOf(peer) !== 'alive') return undefined
    const reservedBytes = beat.reservedBytes + promisedBytes
    const freeBytes = Math.max(0, beat.capacityBytes - beat.usedBytes - reservedBytes)
    return { peer, domain, zone, store, freeBytes, load: Math.min(1, reservedBytes / Math.max(1, freeBytes + reservedBytes)) }
  }

  #stateOf(peer: PeerId): ProviderState {
    return this.#states.get(peer) ?? 'alive'
  }

  #silenceHere({ heardMs, listeningMs }: Member): number {
    return this.#deps.clock.elapsed() - (heardMs ?? listeningMs)
  }

  /** This tracker's, and those of the others that are at hand. */
  #silences(member: Member): number[] {
    return [this.#silenceHere(member), ...this.#voices.silencesOf(member.remembered.peer)]
  }

  #judge(member: Member): void {
    const { peer, lostReason } = member.remembered
    const evidence = {
      silencesMs: this.#silences(member),
      trackers: this.#config.trackers,
      isDeclaredLost: lostReason !== null,
      wasHeardSince: member.heardMs !== undefined && member.heardMs > (member.declaredMs ?? this.#startedMs),
    }
    const state = judgeLiveness(evidence, this.#detection)
    if (state === this.#stateOf(peer)) return
    this.#states.set(peer, state)
    this.#deps.log.info('a provider changed its state', { peer, name: member.remembered.name, state })
    this.#deps.onChange(peer)
  }

  #add(remembered: Remembered): Member {
    const listeningMs = this.#deps.clock.elapsed()
    const member: Member = {
      remembered,
      beat: undefined,
      heardMs: undefined,
      steadyMs: undefined,
      listeningMs,
      declaredMs: undefined,
      promisedBytes: 0,
      hasReported: false,
    }
    this.#members.set(remembered.peer, member)
    this.#ordered = undefined
    this.#judge(member)
    return member
  }

  async #remember(members: readonly Remembered[]): Promise<void> {
    await this.#deps.store.write(members.map((remembered) => ({ put: publicKeyOf(remembered.peer), value: packRemembered(remembered) })))
  }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function isSame(a: Remembered, b: Remembered): boolean {
  return (
    a.name === b.name &&
    a.domain === b.domain &&
    a.zone === b.zone &&
    a.store === b.store &&
    a.issuedMs === b.issuedMs &&
    a.address.host === b.address.host &&
    a.address.controlPort === b.address.controlPort &&
    a.address.dataPort === b.address.dataPort
  )
}
