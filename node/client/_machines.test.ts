/**
 * For tests: machines of a network in one process, under a seeded clock, with real roles on them. The network key is the test's.
 *
 * @module
 */
import { documentId, type SignedDocument } from '@lunarx/core/document'
import { EPOCH, signEpoch, type Epoch, type EpochMember } from '@lunarx/core/epoch'
import { issueCredential, type NetworkConfig, type TrackerAddress } from '@lunarx/core/membership'
import { hexOf, utf8, type ErasureClass, type PeerAddress, type Role } from '@lunarx/core/model'
import { identityOf, type Identity } from '@lunarx/net/identity'
import { SimulatedNetwork, type SimulatedPeers } from '@lunarx/net/simulated'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { SimulatedDisk } from '@lunarx/runtime/disk'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import type { Platform } from '@lunarx/runtime/platform'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import type { RecordedSpans } from '@lunarx/runtime/tracing'

export const HOUR = 3_600_000
const NETWORK = 'test/net'
const DOMAIN_KEY = 'kubernetes.io/hostname'
const PORTS = { controlPort: 4001, dataPort: 4002 }
/** Small: simulated disks lie in memory, and a provider keeps a part of its volume written. */
const VOLUME_BYTES = 512 * 1024 * 1024

export interface Machine {
  readonly name: string
  readonly domain: string
  readonly identity: Identity
  readonly address: PeerAddress & { readonly peer: string }
  readonly platform: Platform
  readonly disk: SimulatedDisk
  readonly stores: SimulatedStores
  readonly peers: SimulatedPeers
}

export interface MachinesOptions {
  readonly seed?: number
  /** Host names of trackers. */
  readonly trackers: readonly string[]
  readonly classes?: readonly ErasureClass[]
  readonly survive?: number
  readonly directory?: NetworkConfig['directory']
  readonly audit?: NetworkConfig['audit']
  /** Of all machines. */
  readonly spans?: RecordedSpans
}

export const CLASS: ErasureClass = { name: '4+2', required: 4, parity: 2, survive: 1, inlineBytes: 1024, versions: 1 }

export class Machines {
  readonly clock = new SimulatedClock()
  readonly random: SeededRandom
  readonly trace = new Trace(this.clock)
  readonly config: NetworkConfig
  readonly net: SimulatedNetwork
  readonly networkKey = nodeCrypto.signKey(nodeCrypto.sha256(utf8('the network')))
  readonly #erasure: Platform['erasure']
  readonly #spans: RecordedSpans | undefined
  #epochs: SignedDocument[] = []

  static async open(options: MachinesOptions): Promise<Machines> {
    return new Machines(options, await loadErasureEngine())
  }

  private constructor(
    { seed = 1, trackers, classes = [CLASS], survive = 1, directory, audit, spans }: MachinesOptions,
    erasure: Platform['erasure'],
  ) {
    this.#erasure = erasure
    this.#spans = spans
    this.random = new SeededRandom(seed)
    this.config = {
      network: NETWORK,
      networkKey: hexOf(this.networkKey.publicKey),
      trackers: trackers.map((host): TrackerAddress => ({ host, ...PORTS })),
      classes: [...classes],
      defaultClass: classes[0]?.name ?? '',
      domainKey: DOMAIN_KEY,
      survive,
      detection: { heartbeatMs: 1_000, suspectMs: 5_000, lostMs: 20_000 },
      repair: { rebuildAfterMs: 60_000, bytesPerSecond: 1e8 },
      ...(directory ? { directory } : {}),
      ...(audit ? { audit } : {}),
    }
    this.net = new SimulatedNetwork({
      clock: this.clock,
      random: this.random.fork('net'),
      network: NETWORK,
      networkKey: this.config.networkKey,
      trace: this.trace,
    })
  }

  /** A machine of its own failure domain, on the network. */
  machine(name: string, role: Role): Machine {
    const random = this.random.fork(name)
    const identity = identityOf(random.bytes(32), nodeCrypto)
    const disk = new SimulatedDisk({ random: random.fork('disk'), capacityBytes: VOLUME_BYTES })
    const stores = new SimulatedStores({ random: random.fork('stores'), disk })
    const platform: Platform = {
      clock: this.clock,
      random,
      disk,
      openStore: stores.opener(),
      log: this.trace.log(name),
      metrics: new RecordedMetrics(),
      ...(this.#spans ? { tracer: this.#spans.tracer(name) } : {}),
      crypto: nodeCrypto,
      erasure: this.#erasure,
    }
    const now = this.clock.now()
    const credential = issueCredential(
      { network: NETWORK, peer: identity.peer, role, name, domains: { [DOMAIN_KEY]: name }, issuedMs: now, expiresMs: now + 24 * HOUR },
      this.networkKey,
    )
    const directory = this.config.directory && { host: name, ...PORTS }
    const peers = this.net.join({ host: name, identity, credential: () => credential, directory }, platform)
    return { name, domain: name, identity, address: { peer: identity.peer, host: name, ...PORTS }, platform, disk, stores, peers }
  }

  /** The next epoch, signed: of these machines. */
  nextEpoch(machines: readonly Machine[]): SignedDocument {
    const previous = this.#epochs.at(-1)
    const epoch: Epoch = {
      network: NETWORK,
      number: this.#epochs.length + 1,
      survive: this.config.survive,
      members: machines.map(({ name, domain, address }): EpochMember => ({ peer: address.peer, name, domain, address })),
      trackerSlots: [],
      createdMs: this.clock.now(),
      previous: previous ? documentId(EPOCH, previous, nodeCrypto) : null,
    }
    const document = this.sign(epoch)
    this.#epochs.push(document)
    return document
  }

  sign(epoch: Epoch): SignedDocument {
    return signEpoch(epoch, this.networkKey)
  }

  /** Lets simulated time pass until `work` is settled. */
  async run<T>(work: Promise<T>): Promise<T> {
    return await this.clock.runWhile(work, HOUR)
  }
}
