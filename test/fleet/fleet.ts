/**
 * Trackers, providers and outside verifiers in one process under a seed: the roles as pods start them, on simulated clock, disks and network. Sets are
 * put by hand, exchange by exchange, so that a test sees every answer of the trackers.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { ZONE_KEY, type NetworkConfig } from '@lunarx/core/membership'
import { hexOf, itemAt, utf8 } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { SimulatedNetwork } from '@lunarx/net/simulated'
import { startProvider, type Provider, type ProviderConfig, type ProviderPlatform } from '@lunarx/provider'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import { Trace } from '@lunarx/runtime/log'
import { MemoryObjects, SimulatedBucket } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import { startTracker, type Tracker } from '@lunarx/tracker'
import { startVerifier, type RunningVerifier } from '@lunarx/verifier'
import { Machine, type Place, type Powered, type Surroundings } from './machine.ts'

export interface FleetOptions {
  readonly seed: number
  readonly trackers?: number
  readonly providers?: number
  readonly domains?: number
  /** Zones that providers tell, in turn. Unset: none. */
  readonly zones?: number
  /** Outside verifiers, each enrolled by a token of its own. */
  readonly verifiers?: number
  readonly network?: Partial<NetworkConfig>
  /** So many of the providers, the first ones, keep their shards on one server. */
  readonly bucketed?: number
  /** What a provider answers in place of the truth: its own peers, as it sees them. By its number. */
  readonly disguise?: (provider: number, peers: Peers, signKey: SignKey) => Peers
  /** The same of a tracker. */
  readonly disguiseTracker?: FleetOptions['disguise']
  /** The same of a verifier. */
  readonly disguiseVerifier?: FleetOptions['disguise']
  /** Of every provider: bytes of shards. */
  readonly capacityBytes?: number
  /** Of every provider. */
  readonly scrub?: ProviderConfig['scrub']
}

interface Running<Role> {
  readonly machine: Machine
  role: Role | undefined
  powered: Powered | undefined
}

const NETWORK = 'test/net'
const DOMAIN_KEY = 'kubernetes.io/hostname'
/** Id of the server. */
const STORE = '0123456789abcdef0123456789abcdef'
const LIMIT_MS = 600_000
const CAPACITY_BYTES = 64 * 1024 * 1024

export class Fleet implements AsyncDisposable {
  readonly clock: SimulatedClock
  readonly random: SeededRandom
  readonly trace: Trace
  readonly net: SimulatedNetwork
  config: NetworkConfig
  /** What the shards of the network may take, as trackers read it again and again. */
  quotaBytes = Number.POSITIVE_INFINITY
  readonly trackers: Running<Tracker>[] = []
  readonly providers: Running<Provider>[] = []
  readonly verifiers: Running<RunningVerifier>[] = []
  readonly client: Powered
  readonly networkKey
  /** Folders on the server of those that are bucketed: faults of the server are faults of each. */
  readonly folders: readonly SimulatedBucket[]
  /** Errors of handlers that are none of ours. */
  readonly defects: unknown[] = []
  readonly #around: Surroundings
  readonly #capacityBytes: number
  readonly #scrub: ProviderConfig['scrub']
  readonly #disguise: NonNullable<FleetOptions['disguise']>
  readonly #disguiseTracker: NonNullable<FleetOptions['disguise']>
  readonly #disguiseVerifier: NonNullable<FleetOptions['disguise']>

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options, await loadErasureEngine())
    for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
    for (const provider of fleet.providers) await fleet.startProvider(provider)
    for (const verifier of fleet.verifiers) fleet.startVerifier(verifier)
    return fleet
  }

  private constructor(
    {
      seed,
      trackers = 3,
      providers = 8,
      domains = 4,
      zones,
      verifiers = 0,
      bucketed = 0,
      network = {},
      capacityBytes = CAPACITY_BYTES,
      scrub,
      disguise = (_, peers) => peers,
      disguiseTracker = (_, peers) => peers,
      disguiseVerifier = (_, peers) => peers,
    }: FleetOptions,
    erasure: Surroundings['erasure'],
  ) {
    this.#capacityBytes = capacityBytes
    this.#scrub = scrub
    this.#disguise = disguise
    this.#disguiseTracker = disguiseTracker
    this.#disguiseVerifier = disguiseVerifier
    this.clock = new SimulatedClock()
    this.random = new SeededRandom(seed)
    this.trace = new Trace(this.clock)
    this.networkKey = crypto.signKey(crypto.sha256(utf8(`network of seed ${seed}`)))
    const { clock, random, trace, networkKey } = this
    this.folders = Array.from({ length: bucketed }, (_, i) => new SimulatedBucket({ random: random.fork(`folder ${i}`) }))
    this.net = new SimulatedNetwork({
      clock,
      random: random.fork('network'),
      trace,
      network: NETWORK,
      networkKey: hexOf(networkKey.publicKey),
      onDefect: (_where, error) => this.defects.push(error),
    })
    this.#around = { clock, random, trace, network: this.net, networkName: NETWORK, networkKey, erasure }
    const zoneOf = (i: number) => (zones === undefined ? {} : { [ZONE_KEY]: `z${i % zones}` })
    const provider = (i: number): Place => ({
      host: `pool-${i}`,
      role: 'provider',
      domains: { [DOMAIN_KEY]: `n${i % domains}`, ...zoneOf(i) },
    })
    for (let i = 0; i < trackers; i++) this.trackers.push(this.#trackerOf(i))
    for (let i = 0; i < providers; i++)
      this.providers.push({ machine: new Machine(provider(i), this.#around), role: undefined, powered: undefined })
    for (let i = 0; i < verifiers; i++) {
      const place: Place = { host: `verifier-${i}`, role: 'verifier', domains: {} }
      this.verifiers.push({ machine: new Machine(place, this.#around), role: undefined, powered: undefined })
    }
    this.config = {
      network: NETWORK,
      networkKey: hexOf(networkKey.publicKey),
      trackers: this.trackers.map(({ machine }) => machine.address),
      classes: [{ name: 'standard', required: 4, parity: 2, survive: 1, inlineBytes: 0, versions: 1 }],
      defaultClass: 'standard',
      domainKey: DOMAIN_KEY,
      survive: 1,
      detection: { heartbeatMs: 5_000, suspectMs: 15_000, lostMs: 60_000 },
      repair: { rebuildAfterMs: 600_000, bytesPerSecond: 10_000_000 },
      ...network,
    }
    this.client = new Machine({ host: 'client', role: 'client', domains: {} }, this.#around).power()
  }

  #trackerOf(i: number): Running<Tracker> {
    const place: Place = { host: `tracker-${i}`, role: 'tracker', domains: { [DOMAIN_KEY]: `t${i}` } }
    return { machine: new Machine(place, this.#around), role: undefined, powered: undefined }
  }

  async startTracker(tracker: Running<Tracker>): Promise<void> {
    const powered = tracker.machine.power()
    tracker.powered = powered
    const config = { network: this.config, address: tracker.machine.address, quotaBytes: () => Promise.resolve(this.quotaBytes) }
    const { signKey } = powered.identity
    const peers = this.#disguiseTracker(this.trackers.indexOf(tracker), powered.peers, signKey)
    tracker.role = await this.run(startTracker(config, powered.platform, peers, signKey))
  }

  async startProvider(provider: Running<Provider>): Promise<void> {
    const powered = provider.machine.power()
    provider.powered = powered
    const config = {
      network: this.config,
      address: provider.machine.address,
      capacityBytes: this.#capacityBytes,
      services: ['storage', 'index'] as const,
      scrub: this.#scrub,
    }
    const platform = { ...powered.platform, ...this.#backend(provider, powered) }
    const { signKey } = powered.identity
    const peers = this.#disguise(this.providers.indexOf(provider), powered.peers, signKey)
    provider.role = await this.run(startProvider(config, platform, peers, signKey))
  }

  startVerifier(verifier: Running<RunningVerifier>): void {
    const powered = verifier.machine.power()
    const { platform, identity } = powered
    verifier.powered = powered
    const peers = this.#disguiseVerifier(this.verifiers.indexOf(verifier), powered.peers, identity.signKey)
    verifier.role = startVerifier({ network: this.config, address: verifier.machine.address }, platform, peers, identity.signKey)
  }

  #backend(provider: Running<Provider>, { platform }: Powered): Pick<ProviderPlatform, 'objects' | 'backingStore'> {
    const folder = this.folders[this.providers.indexOf(provider)]
    return folder ? { objects: new MemoryObjects(folder, platform), backingStore: STORE } : {}
  }

  /**
   * As `kubectl scale`: the configuration names so many trackers. New ones start with it, then everybody else is started again, trackers
   * one by one before the providers. Trackers that are too many go last, and keep their volumes.
   * @param meanwhile when the new ones run, and the others do not know of them yet
   */
  async scaleTrackers(count: number, meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    const known = this.trackers.length
    for (let i = known; i < count; i++) this.trackers.push(this.#trackerOf(i))
    const [staying, leaving] = [this.trackers.slice(0, count), this.trackers.slice(count)]
    this.config = { ...this.config, trackers: staying.map(({ machine }) => machine.address) }
    for (const tracker of staying.slice(known)) await this.startTracker(tracker)
    await meanwhile()
    for (const tracker of staying.slice(0, known)) {
      await this.#stop(tracker)
      await this.startTracker(tracker)
    }
    for (const provider of this.providers.filter(({ role }) => role !== undefined)) {
      await this.#stop(provider)
      await this.startProvider(provider)
    }
    for (const tracker of leaving) await this.#stop(tracker)
  }

  /** Another configuration: those that run start again with it, trackers first, one by one. */
  async reconfigure(change: Partial<NetworkConfig>): Promise<void> {
    this.config = { ...this.config, ...change }
    for (const tracker of this.trackers.filter(({ role }) => role !== undefined)) {
      await this.#stop(tracker)
      await this.startTracker(tracker)
    }
    for (const provider of this.providers.filter(({ role }) => role !== undefined)) {
      await this.#stop(provider)
      await this.startProvider(provider)
    }
  }

  /** The configuration names one tracker less; those that run start again with it, the one that leaves last. @returns that one */
  async leaveOutLastTracker(): Promise<Running<Tracker>> {
    const staying = this.trackers.slice(0, this.config.trackers.length - 1)
    this.config = { ...this.config, trackers: staying.map(({ machine }) => machine.address) }
    for (const tracker of this.trackers.filter(({ role }) => role !== undefined)) {
      await this.#stop(tracker)
      await this.startTracker(tracker)
    }
    return itemAt(this.trackers, staying.length)
  }

  /**
   * The same by a cut: all trackers are stopped before any starts that knows of the others. The new ones start first, so that the former
   * ones, which tell a tracker everything until they know who it is, know it when it first asks.
   */
  async scaleTrackersAtOnce(count: number): Promise<void> {
    for (const tracker of this.trackers) await this.#stop(tracker)
    for (let i = this.trackers.length; i < count; i++) this.trackers.push(this.#trackerOf(i))
    this.config = { ...this.config, trackers: this.trackers.map(({ machine }) => machine.address) }
    for (const tracker of this.trackers.toReversed()) await this.startTracker(tracker)
  }

  async #stop(running: Running<AsyncDisposable>): Promise<void> {
    if (running.role) await this.run(Promise.resolve(running.role[Symbol.asyncDispose]()))
    this.kill(running)
  }

  /** The machine loses its power. */
  kill(running: Running<AsyncDisposable>): void {
    running.machine.crash()
    running.role = undefined
    running.powered = undefined
  }

  /** Its volume is destroyed with it. The machine stays off until it is started again, as another peer. */
  destroy(running: Running<AsyncDisposable>): void {
    this.kill(running)
    running.machine.replaceVolume()
  }

  /** Lets simulated time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T> {
    return this.clock.runWhile(work, LIMIT_MS)
  }

  /** The provider of this peer id. */
  providerOf(peer: string | undefined): Running<Provider> {
    const provider = this.providers.find(({ machine }) => machine.peer === peer)
    if (!provider) throw new Error(`no provider ${peer}`)
    return provider
  }

  /** The first tracker that runs. */
  get anyTracker(): Tracker {
    const tracker = this.trackers.find(({ role }) => role !== undefined)?.role
    if (!tracker) throw new Error('no tracker is running')
    return tracker
  }

  /** The operator's word: to every tracker that runs, since none believes another alone. */
  async tell<T>(word: (tracker: Tracker) => Promise<T>): Promise<T[]> {
    return await this.run(Promise.all(this.runningTrackers.map(word)))
  }

  /** All trackers that run. */
  get runningTrackers(): Tracker[] {
    return this.trackers.flatMap(({ role }) => role ?? [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopping = [...this.verifiers, ...this.providers, ...this.trackers].flatMap(({ role }) => role?.[Symbol.asyncDispose]() ?? [])
    await this.run(Promise.all(stopping))
  }
}
