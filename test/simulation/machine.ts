/**
 * A machine of the simulated world: it boots its role on its volume, loses its power, boots again, or gets a new volume.
 *
 * A crash stops its code at once: nothing of it runs on, whatever was not synced may be lost.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { ErasureEngine } from '@lunarx/core/erasure'
import type { PeerId, SignedCredential } from '@lunarx/core/membership'
import { LunarError, type Role } from '@lunarx/core/model'
import { type Identity, loadOrMakeIdentity } from '@lunarx/net/identity'
import type { Peers } from '@lunarx/net/peers'
import type { SimulatedNetwork } from '@lunarx/net/simulated'
import type { MachineClock, SimulatedClock } from '@lunarx/runtime/clock'
import { SimulatedDisk } from '@lunarx/runtime/disk'
import type { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import type { Platform } from '@lunarx/runtime/platform'
import type { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { addressOf } from './shape.ts'

const SYNC_MS = [0.1, 8] as const
const CAPACITY_BYTES = 128 * 1024 * 1024
/** After a start that failed, as kubelet does. */
const RESTART_MS = 5_000
const MAX_SKEW_MS = 1_500

export interface MachineDeps {
  readonly clock: SimulatedClock
  readonly random: SeededRandom
  readonly trace: Trace
  readonly network: SimulatedNetwork
  readonly crypto: CryptoEngine
  readonly erasure: ErasureEngine
  readonly issue: (peer: PeerId, role: Role, name: string, domain: string) => SignedCredential
  readonly defect: (where: string, error: unknown) => void
  /** Machines take part in the directory. */
  readonly hasDirectory: boolean
}

export interface MachineInit<R> {
  readonly host: string
  readonly role: Role
  readonly domain: string
  readonly start: (platform: Platform, peers: Peers, identity: Identity) => Promise<R>
}

export class Machine<R> {
  readonly host: string
  readonly domain: string
  readonly #init: MachineInit<R>
  readonly #deps: MachineDeps
  readonly #random: SeededRandom
  #skewMs: number
  readonly #disk: SimulatedDisk
  readonly #stores: SimulatedStores
  #clock: MachineClock | undefined
  #boots = 0
  #volume = 0
  #peer: PeerId | undefined
  #running: R | undefined
  #metrics: RecordedMetrics | undefined
  #crashed = Promise.withResolvers<void>()

  constructor(init: MachineInit<R>, deps: MachineDeps) {
    this.#init = init
    this.#deps = deps
    this.host = init.host
    this.domain = init.domain
    this.#random = deps.random.fork(init.host)
    this.#skewMs = Math.round(this.#random.between(-MAX_SKEW_MS, MAX_SKEW_MS))
    this.#disk = new SimulatedDisk({ random: this.#random.fork('disk'), capacityBytes: CAPACITY_BYTES, syncMs: SYNC_MS })
    this.#stores = new SimulatedStores({ random: this.#random.fork('stores'), disk: this.#disk })
  }

  get role(): Role {
    return this.#init.role
  }

  /** Its role, once it has started. */
  get running(): R | undefined {
    return this.#running
  }

  /** Since its last start. */
  get metrics(): RecordedMetrics | undefined {
    return this.#metrics
  }

  get isOn(): boolean {
    return this.#clock !== undefined
  }

  /** Who lives on its volume; undefined until the first start on it. */
  get peer(): PeerId | undefined {
    return this.#peer
  }

  /** UID of its volume claim. */
  get volume(): string {
    return `${this.host}-volume-${this.#volume}`
  }

  /** Resolves when it next loses its power. */
  get crashed(): Promise<void> {
    return this.#crashed.promise
  }

  boot(): void {
    if (this.isOn) return
    const clock = this.#deps.clock.machine(this.#skewMs)
    this.#clock = clock
    void this.#start(clock)
  }

  crash(): void {
    if (!this.isOn) return
    this.#deps.trace.add(this.host, '*** crash')
    this.#clock?.halt()
    this.#clock = undefined
    this.#running = undefined
    this.#deps.network.crash(this.host)
    this.#disk.crash()
    this.#stores.crash()
    this.#crashed.resolve()
    this.#crashed = Promise.withResolvers()
  }

  /** Crashes, and its volume is replaced by an empty one. */
  wipe(): void {
    this.crash()
    this.#deps.trace.add(this.host, '*** new volume')
    this.#disk.wipe()
    this.#stores.wipe()
    this.#volume++
    this.#peer = undefined
  }

  /** Its wall clock is set ahead, or right again. */
  setAhead(ms: number): void {
    this.#deps.trace.add(this.host, `*** clock ${ms} ms ahead`)
    this.#skewMs = ms
    this.#clock?.setAhead(ms)
  }

  /** Crashes, and one of its stores is lost. */
  loseStore(name: string): void {
    this.crash()
    this.#deps.trace.add(this.host, `*** store ${name} lost`)
    this.#stores.lose(name)
  }

  /** Its volume takes nothing more. */
  fill(): void {
    this.#deps.trace.add(this.host, '*** full')
    this.#disk.capacityBytes -= this.#disk.freeBytes
  }

  /** Its volume has its full size again. */
  makeRoom(): void {
    this.#disk.capacityBytes = CAPACITY_BYTES
  }

  async #start(clock: MachineClock): Promise<void> {
    const { network, issue, defect, hasDirectory } = this.#deps
    const { host, role, domain, start } = this.#init
    const platform = this.#platform(clock)
    try {
      const identity = await loadOrMakeIdentity(platform.disk, platform.random, platform.crypto)
      this.#peer = identity.peer
      const credential = issue(identity.peer, role, host, domain)
      const directory = hasDirectory ? addressOf(host) : undefined
      const peers = network.join({ host, identity, credential: () => credential, directory }, platform)
      this.#running = await start(platform, peers, identity)
      this.#deps.trace.add(this.host, `*** runs as ${identity.peer}`)
    } catch (error) {
      if (!(error instanceof LunarError)) defect(`start of ${host}`, error)
      platform.log.error('start failed', { error })
      this.crash()
      this.#deps.clock.after(RESTART_MS, () => this.boot())
    }
  }

  #platform(clock: MachineClock): Platform {
    const random = this.#random.fork(`boot-${this.#boots++}`)
    this.#disk.attach(clock)
    const metrics = (this.#metrics = new RecordedMetrics())
    return {
      clock,
      random,
      disk: this.#disk,
      openStore: this.#stores.opener({ clock, commitMs: SYNC_MS }),
      log: this.#deps.trace.log(this.host),
      metrics,
      crypto: this.#deps.crypto,
      erasure: this.#deps.erasure,
    }
  }
}
