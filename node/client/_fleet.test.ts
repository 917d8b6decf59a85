/**
 * For tests: a whole network in one process, trackers, providers and clients by the composition roots that pods use.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { planEpoch, verifyEpoch } from '@lunarx/core/epoch'
import type { NetworkConfig } from '@lunarx/core/membership'
import { hexOf, type ErasureClass } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { startProvider, type Provider } from '@lunarx/provider'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import type { RecordedSpans } from '@lunarx/runtime/tracing'
import { startTracker, type Tracker, type TrackerConfig } from '@lunarx/tracker'
import { Machines, type Machine } from './_machines.test.ts'
import { openClient, type Client } from './index.ts'

const CAPACITY_BYTES = 256 * 1024 * 1024
export const OWNER = new Uint8Array(32).fill(42)

export interface ShardFile {
  readonly machine: Machine
  readonly path: string
}

export interface FleetOptions {
  readonly seed?: number
  readonly providers?: number
  /** Providers of a pool of this name beside those, which are a pool each. */
  readonly archive?: number
  /** Providers of rows and nothing else; then the others hold shards only. */
  readonly rows?: number
  readonly trackers?: number
  readonly classes?: readonly ErasureClass[]
  /** What trackers know of addresses outside. */
  readonly outside?: TrackerConfig['outside']
  readonly directory?: NetworkConfig['directory']
  readonly audit?: NetworkConfig['audit']
  /** What a provider answers in place of the truth: its own peers, as it sees them. By its number. */
  readonly disguise?: (provider: number, peers: Peers, signKey: SignKey) => Peers
  /** Takes the spans of all. Unset: nothing is traced. */
  readonly spans?: RecordedSpans
}

export class Fleet {
  readonly machines: Machines
  readonly trackers: { readonly machine: Machine; readonly role: Tracker }[] = []
  readonly providers: { readonly machine: Machine; readonly role: Provider }[] = []
  #clients = 0

  private constructor(machines: Machines) {
    this.machines = machines
  }

  /** Resolves when all providers are heard of and the first epoch is in force. */
  static async start({
    seed = 1,
    providers = 7,
    archive = 0,
    rows = 0,
    trackers = 3,
    classes,
    outside,
    directory,
    audit,
    disguise = (_, peers) => peers,
    spans,
  }: FleetOptions = {}): Promise<Fleet> {
    const names = Array.from({ length: trackers }, (_, i) => `t${i}`)
    const machines = await Machines.open({
      seed,
      trackers: names,
      ...(classes ? { classes } : {}),
      ...(directory ? { directory } : {}),
      ...(audit ? { audit } : {}),
      ...(spans ? { spans } : {}),
    })
    const fleet = new Fleet(machines)
    const { config } = machines
    for (const name of names) {
      const machine = machines.machine(name, 'tracker')
      const starting = startTracker(
        { network: config, address: machine.address, outside },
        machine.platform,
        machine.peers,
        machine.identity.signKey,
      )
      fleet.trackers.push({ machine, role: await machines.run(starting) })
    }
    const hosts = [...namesOf('p', providers), ...namesOf('archive-', archive), ...namesOf('rows-', rows)]
    const servicesOf = (host: string): ('storage' | 'index')[] =>
      rows === 0 ? ['storage', 'index'] : [host.startsWith('rows-') ? 'index' : 'storage']
    for (const host of hosts) {
      const machine = machines.machine(host, 'provider')
      const { address, platform, peers, identity } = machine
      const starting = startProvider(
        { network: config, address, capacityBytes: CAPACITY_BYTES, services: servicesOf(host) },
        platform,
        disguise(fleet.providers.length, peers, identity.signKey),
        identity.signKey,
      )
      fleet.providers.push({ machine, role: await machines.run(starting) })
    }
    await machines.clock.runFor(5_000)
    await machines.run(fleet.#issueEpoch())
    await machines.clock.runFor(5_000)
    return fleet
  }

  /** @param segmentBytes of plaintext, at most */
  async openClient(secret: Uint8Array = OWNER, segmentBytes?: number): Promise<Client> {
    const { platform, peers } = this.machines.machine(`client-${this.#clients++}`, 'client')
    return await openClient({ network: this.machines.config, ownerSecret: secret, segmentBytes }, platform, peers)
  }

  /** Lets simulated time pass until `work` is settled. */
  run<T>(work: Promise<T>): Promise<T> {
    return this.machines.run(work)
  }

  /** The whole object. */
  async read(client: Client, name: string, options: Parameters<Client['get']>[1] = {}): Promise<Uint8Array> {
    return await this.run(collectBytes(client.get(name, options)))
  }

  /** Files of shards on all providers that are on the network. */
  async shardFiles(): Promise<ShardFile[]> {
    const found: ShardFile[] = []
    for (const { machine } of this.providers)
      for (const folder of (await machine.disk.list('shards')).sort())
        for (const name of (await machine.disk.list(`shards/${folder}`)).sort()) found.push({ machine, path: `shards/${folder}/${name}` })
    return found
  }

  async #issueEpoch(): Promise<void> {
    const { machines } = this
    const { config } = machines
    const [first] = this.trackers
    if (!first) return
    const current = first.role.readEpoch()
    const plan = planEpoch(
      {
        network: config.network,
        previous: current && verifyEpoch(current, config, nodeCrypto),
        fleet: first.role.status().providers,
        trackers: this.trackers.map(({ machine }) => machine.address.peer),
        survive: config.survive,
        nowMs: machines.clock.now(),
      },
      nodeCrypto,
    )
    if (plan.kind === 'keep') throw new Error(`no epoch: ${plan.message}`)
    await first.role.announceEpoch(machines.sign(plan.epoch))
  }
}

const namesOf = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

export async function collectBytes(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk))
  return new Uint8Array(Buffer.concat(parts))
}

/** Digest for messages: megabytes of differences help nobody. */
export const digest = (bytes: Uint8Array): string => `${bytes.length} ${hexOf(nodeCrypto.sha256(bytes))}`
