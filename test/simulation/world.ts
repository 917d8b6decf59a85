/**
 * A whole network in one process, under one seed: the same composition roots as the pods, with doubles for clock, chance, network
 * and disks only.
 *
 * Time passes only inside `run`. The same seed tells the same story bit for bit.
 *
 * @module
 */
import { type Client, openClient } from '@lunarx/client'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { issueCredential, type NetworkConfig, type PeerId, type SignedCredential } from '@lunarx/core/membership'
import { hexOf, type Role, utf8 } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import type { Peers } from '@lunarx/net/peers'
import { SimulatedNetwork } from '@lunarx/net/simulated'
import { type Provider, startProvider } from '@lunarx/provider'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import { startTracker, type Tracker } from '@lunarx/tracker'
import { Auditor } from './auditor.ts'
import { CommittedSets } from './committed-sets.ts'
import { Locator } from './locator.ts'
import { Machine, type MachineDeps } from './machine.ts'
import { Operator } from './operator.ts'
import { remembering } from './remembering.ts'
import { addressOf, DOMAIN_KEY, networkConfigOf, providerHosts, rowHosts, type Shape, trackerHosts } from './shape.ts'
import { Told } from './told.ts'

/** Shards that a provider takes. */
const PROVIDER_BYTES = 64 * 1024 * 1024
const CREDENTIAL_MS = 24 * 3_600_000

const erasure = await loadErasureEngine()

export interface WorldOptions {
  readonly seed: number
  readonly shape: Shape
  /** Names of the client machines, which share one owner secret. */
  readonly clients?: readonly string[]
  /** Of the clients' segments; default: what suits the class. */
  readonly segmentBytes?: number
  /** Default: those of the shape. */
  readonly detection?: NetworkConfig['detection']
  /** Default: a day. */
  readonly credentialMs?: number
  /** Default: nothing is audited. */
  readonly audit?: NetworkConfig['audit']
  /** Default: there is none. */
  readonly directory?: NetworkConfig['directory']
  /** What a provider or tracker answers in place of the truth: its own peers, as it sees them. By its host. */
  readonly disguise?: (host: string, peers: Peers, signKey: SignKey) => Peers
  /** What stands between the clients and the network. */
  readonly through?: (peers: Peers) => Peers
  /** Default: signatures that were verified once are not verified again. */
  readonly crypto?: CryptoEngine
}

export class World {
  readonly crypto: CryptoEngine
  readonly clock = new SimulatedClock()
  readonly trace = new Trace(this.clock)
  readonly told = new Told()
  readonly random: SeededRandom
  readonly network: SimulatedNetwork
  readonly trackers: readonly Machine<Tracker>[]
  readonly providers: readonly Machine<Provider>[]
  readonly clients: readonly Machine<Client>[]
  readonly sets: CommittedSets
  readonly operator: Operator
  readonly auditor: Auditor
  /** What one tracker knows itself. */
  readonly amongTrackers: Locator
  /** What a client is answered. */
  readonly amongClients: Locator
  readonly shape: Shape
  /** As it is now in force: whoever starts reads it. */
  #config: NetworkConfig
  /** What each host has started with last. */
  readonly #startedWith = new Map<string, NetworkConfig>()
  #defect: { readonly where: string; readonly error: unknown } | undefined

  constructor({
    seed,
    shape,
    clients = ['dapp'],
    segmentBytes,
    detection,
    credentialMs = CREDENTIAL_MS,
    audit,
    directory,
    disguise = (_, peers) => peers,
    through = (peers) => peers,
    crypto = remembering(nodeCrypto),
  }: WorldOptions) {
    const { clock, trace } = this
    this.crypto = crypto
    this.sets = new CommittedSets(crypto)
    this.shape = shape
    this.random = new SeededRandom(seed)
    const networkKey = crypto.signKey(this.random.fork('network key').bytes(32))
    const usual = networkConfigOf(shape, hexOf(networkKey.publicKey))
    const config: NetworkConfig = {
      ...usual,
      detection: detection ?? usual.detection,
      ...(audit ? { audit } : {}),
      ...(directory ? { directory } : {}),
    }
    const defect = (where: string, error: unknown): void => this.#noteDefect(where, error)
    this.#config = config
    const read = (host: string): NetworkConfig => {
      this.#startedWith.set(host, this.#config)
      return this.#config
    }
    this.network = new SimulatedNetwork({
      clock,
      random: this.random.fork('network'),
      network: config.network,
      networkKey: config.networkKey,
      trace,
      onDefect: defect,
    })
    const issue = (peer: PeerId, role: Role, name: string, domain: string): SignedCredential =>
      issueCredential(
        {
          network: config.network,
          peer,
          role,
          name,
          domains: { [DOMAIN_KEY]: domain },
          issuedMs: clock.now(),
          expiresMs: clock.now() + credentialMs,
        },
        networkKey,
      )
    const deps: MachineDeps = {
      clock,
      random: this.random,
      trace,
      network: this.network,
      crypto,
      erasure,
      issue,
      defect,
      hasDirectory: directory !== undefined,
    }

    this.trackers = trackerHosts(shape).map(
      (host) =>
        new Machine(
          {
            host,
            role: 'tracker',
            domain: '',
            start: (platform, peers, { signKey }) =>
              startTracker({ network: read(host), address: addressOf(host) }, platform, disguise(host, peers, signKey), signKey),
          },
          deps,
        ),
    )
    this.providers = providerHosts(shape).map(({ host, domain, services }) => {
      const role = { address: addressOf(host), capacityBytes: PROVIDER_BYTES, services }
      return new Machine(
        {
          host,
          role: 'provider',
          domain,
          start: (platform, peers, { signKey }) =>
            startProvider({ ...role, network: read(host) }, platform, disguise(host, peers, signKey), signKey),
        },
        deps,
      )
    })
    const ownerSecret = crypto.sha256(utf8(`owner ${seed}`))
    this.clients = clients.map(
      (host) =>
        new Machine(
          {
            host,
            role: 'client',
            domain: '',
            start: (platform, peers) =>
              openClient({ network: config, ownerSecret, segmentBytes }, platform, through(this.sets.overhear(peers))),
          },
          deps,
        ),
    )

    const { providers } = this
    const named = (): readonly Machine<Tracker>[] => this.named
    this.operator = new Operator({
      clock,
      crypto,
      trace,
      network: config.network,
      networkKey,
      survive: config.survive,
      shape,
      get trackers() {
        return named()
      },
      providers,
      defect,
    })
    const bystander = (host: string, role: Role) => {
      const identity = identityOf(this.random.fork(host).bytes(32), crypto)
      const credential = issue(identity.peer, role, host, '')
      const platform = { clock, crypto, log: trace.log(host), metrics: new RecordedMetrics() }
      const peers = this.network.join({ host, identity, credential: () => credential }, platform)
      this.network.spare(host)
      return { peers, identity }
    }
    const auditor = bystander('auditor', 'tracker')
    this.auditor = new Auditor({ ...auditor, clock, crypto, providers })
    this.amongTrackers = new Locator(auditor.peers)
    this.amongClients = new Locator(bystander('passer-by', 'client').peers)
  }

  /** The trackers that the configuration in force names. */
  get named(): readonly Machine<Tracker>[] {
    return this.trackers.slice(0, this.#config.trackers.length)
  }

  /** The configuration names so many trackers from now on: for whoever starts. */
  nameTrackers(count: number): void {
    this.trace.add('world', `*** the configuration names ${count} trackers`)
    this.#config = { ...this.#config, trackers: this.trackers.slice(0, count).map(({ host }) => addressOf(host)) }
  }

  /** True if it runs with another configuration than the one in force. */
  isOutdated(host: string): boolean {
    return this.#startedWith.get(host) !== this.#config
  }

  /** Boots everything and starts the operator. */
  boot(): void {
    for (const machine of [...this.trackers, ...this.providers, ...this.clients]) machine.boot()
    void this.operator.run().catch((error: unknown) => this.#noteDefect('operator', error))
  }

  /**
   * Lets time pass until the story is told.
   * @throws what the story throws; a defect of any machine; an error after `limitMs` of simulated time
   */
  async run<T>(story: () => Promise<T>, limitMs: number): Promise<T> {
    const told = this.clock.runWhile(story(), limitMs)
    const result = await told
    this.assertSound()
    return result
  }

  /** Waits until something holds, looking every second. @throws {Error} when it does not in time */
  async until(what: string, holds: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
    const endMs = this.clock.elapsed() + limitMs
    while (!(await holds())) {
      this.assertSound()
      if (this.clock.elapsed() >= endMs) throw new Error(`${what}: not within ${limitMs / 1000} s`)
      await this.clock.sleep(1_000)
    }
    this.trace.add('world', `*** ${what}`)
  }

  /** @throws the first error of any machine that is no LunarError */
  assertSound(): void {
    if (this.#defect) throw new Error(`defect in ${this.#defect.where}`, { cause: this.#defect.error })
  }

  /** Everyone is on, serves, and rows have settled with the members that are there. */
  isSettled(): boolean {
    const { epoch } = this.operator
    if (!epoch || this.named.some(({ running }) => running?.status().epoch !== epoch.number)) return false
    if (this.providers.some(({ running }) => !running?.ready())) return false
    const hosts = rowHosts(this.shape)
    const ofRows = this.providers.filter(({ host }) => hosts.has(host))
    if (ofRows.some(({ peer }) => !epoch.members.some((member) => member.peer === peer))) return false
    const statuses = this.named.flatMap(({ running }) => running?.status() ?? [])
    return ofRows.every(({ peer }) =>
      statuses.some(({ providers }) => providers.some((one) => one.peer === peer && one.mergedEpoch === epoch.number)),
    )
  }

  /** Every set that is owed has all its shards, spread so that it survives the loss of any d domains. */
  async isRedundant(): Promise<boolean> {
    return (await this.shortfalls()).length === 0
  }

  /** No provider holds anything of a set whose burial was acknowledged. */
  async isSwept(): Promise<boolean> {
    const holdings = await this.auditor.holdings(this.sets.gone)
    return [...holdings.values()].every((holders) => holders.every((machines) => machines.length === 0))
  }

  /** What is missing, set by set. */
  async shortfalls(): Promise<string[]> {
    const holdings = await this.auditor.holdings(this.sets.owed)
    return [...holdings].flatMap(([set, holders]) => {
      const missing = holders.flatMap((machines, index) => (machines.length === 0 ? [index] : []))
      if (missing.length > 0) return [`set ${set.slice(0, 12)} lacks ${missing.join(', ')}`]
      const weak = this.#fatalLosses(holders)
      return weak.length > 0
        ? [
            `set ${set.slice(0, 12)} would not survive the loss of ${weak.join(', ')}: it is held by ${holders.map((machines) => machines.map(({ host }) => host).join('+')).join(', ')}`,
          ]
        : []
    })
  }

  /** Groups of d domains whose loss would leave fewer than k shards. */
  #fatalLosses(holders: readonly (readonly Machine<Provider>[])[]): string[] {
    const { required, survive } = this.shape.class
    const domains = [...new Set(this.providers.map(({ domain }) => domain))]
    const isLeft = (machines: readonly Machine<Provider>[], lost: readonly string[]): boolean =>
      machines.some(({ domain }) => !lost.includes(domain))
    return combinations(domains, survive)
      .filter((lost) => holders.filter((machines) => isLeft(machines, lost)).length < required)
      .map((lost) => lost.join('+'))
  }

  #noteDefect(where: string, error: unknown): void {
    this.#defect ??= { where, error }
    this.trace.add('world', `*** DEFECT in ${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
}

/** All ways to choose `count` of a list. */
function combinations<T>(list: readonly T[], count: number): T[][] {
  if (count === 0) return [[]]
  return list.flatMap((first, i) => combinations(list.slice(i + 1), count - 1).map((rest) => [first, ...rest]))
}
