/**
 * One machine of a fleet in one process: a volume that outlives the role, and a platform that lives from start to stop.
 *
 * @module
 */
import { issueCredential } from '@lunarx/core/membership'
import type { SignKey } from '@lunarx/core/crypto'
import type { ErasureEngine } from '@lunarx/core/erasure'
import type { Role } from '@lunarx/core/model'
import { identityOf, type Identity } from '@lunarx/net/identity'
import type { SimulatedNetwork, SimulatedPeers } from '@lunarx/net/simulated'
import type { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedDisk } from '@lunarx/runtime/disk'
import type { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import type { Platform } from '@lunarx/runtime/platform'
import type { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'

export interface Surroundings {
  readonly clock: SimulatedClock
  readonly random: SeededRandom
  readonly trace: Trace
  readonly network: SimulatedNetwork
  readonly networkName: string
  readonly networkKey: SignKey
  readonly erasure: ErasureEngine
}

export interface Place {
  readonly host: string
  readonly role: Role
  readonly domains: Readonly<Record<string, string>>
}

/** What a role is started with. */
export interface Powered {
  readonly platform: Platform
  readonly peers: SimulatedPeers
  readonly identity: Identity
  /** What the role counts since it was started. */
  readonly metrics: RecordedMetrics
}

const YEAR_MS = 365 * 24 * 3_600_000
/** Small: providers fill a share of it with what gives way on a full volume. */
const VOLUME_BYTES = 128 * 1024 * 1024

export class Machine {
  readonly place: Place
  readonly #around: Surroundings
  #identity: Identity
  disk: SimulatedDisk
  #stores: SimulatedStores
  #halt: () => void = () => undefined
  #random: SeededRandom
  #volumes = 0

  constructor(place: Place, around: Surroundings) {
    this.place = place
    this.#around = around
    this.#random = around.random.fork(place.host)
    this.#identity = identityOf(this.#random.bytes(32), crypto)
    this.disk = this.#blankDisk(this.#random.fork('disk'))
    this.#stores = new SimulatedStores({ random: this.#random.fork('stores'), disk: this.disk })
  }

  get peer(): string {
    return this.#identity.peer
  }

  get address() {
    return { host: this.place.host, controlPort: 4001, dataPort: 4002 }
  }

  /** Puts the machine on the network. */
  power(): Powered {
    const { clock: world, trace, network, networkName, networkKey, erasure } = this.#around
    const { host, role, domains } = this.place
    const clock = world.machine()
    this.#halt = () => clock.halt()
    const [identity, issuedMs] = [this.#identity, clock.now()]
    const credential = issueCredential(
      { network: networkName, peer: identity.peer, role, name: host, domains: { ...domains }, issuedMs, expiresMs: issuedMs + YEAR_MS },
      networkKey,
    )
    const log = trace.log(host)
    const metrics = new RecordedMetrics()
    const platform = { clock, random: this.#random, disk: this.disk, openStore: this.#stores.opener(), log, metrics, crypto, erasure }
    return {
      platform,
      identity,
      metrics,
      peers: network.join({ host, identity, credential: () => credential }, { clock, crypto, log, metrics }),
    }
  }

  /** The power fails: the role never runs on, its calls break, the volume keeps what was durable. */
  crash(): void {
    this.#halt()
    this.#around.network.crash(this.place.host)
    this.#stores.crash()
    this.disk.crash()
  }

  /** A new volume, and with it a new peer. Only while the machine is off. */
  replaceVolume(): void {
    this.#volumes++
    const random = this.#random.fork(`volume ${this.#volumes}`)
    this.#identity = identityOf(random.bytes(32), crypto)
    this.disk = this.#blankDisk(random)
    this.#stores = new SimulatedStores({ random: random.fork('stores'), disk: this.disk })
  }

  #blankDisk(random: SeededRandom): SimulatedDisk {
    return new SimulatedDisk({ random, capacityBytes: VOLUME_BYTES })
  }
}
