/**
 * One provider on a simulated machine, for the tests beside: its disk forgets in a crash what was not synced.
 *
 * @module
 */
import { hexOf, utf8 } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import { SimulatedClock, type MachineClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedDisk } from '@lunarx/runtime/disk'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { MemoryObjects, type SimulatedBucket } from '@lunarx/runtime/objects'
import { SimulatedStores } from '@lunarx/runtime/store'
import { Askers, present, PROVIDER, type TestSet } from './simulated-askers.ts'
import { startProvider, type Provider, type ProviderConfig } from './start.ts'

export { chunks, owner, present, PROVIDER, type TestSet } from './simulated-askers.ts'

type ProviderOptions = Partial<Omit<ProviderConfig, 'network' | 'address' | 'capacityBytes' | 'services'>>
export interface SimulatedProviderOptions extends ProviderOptions {
  readonly capacityBytes?: number
  readonly volumeBytes?: number
  /** Where shards lie; unset: on the volume. */
  readonly bucket?: SimulatedBucket
}

export class SimulatedProvider extends Askers<SimulatedClock> {
  readonly disk: SimulatedDisk
  readonly stores: SimulatedStores
  readonly capacityBytes: number
  running: { readonly machine: MachineClock; readonly provider: Provider; readonly metrics: RecordedMetrics } | undefined
  readonly #more: ProviderOptions
  readonly #bucket: SimulatedBucket | undefined

  constructor(seed: number | string, { capacityBytes = 1 << 24, volumeBytes = 1 << 26, bucket, ...more }: SimulatedProviderOptions = {}) {
    const clock = new SimulatedClock()
    super(seed, clock, () => clock.machine())
    this.#more = more
    this.#bucket = bucket
    this.capacityBytes = capacityBytes
    this.disk = new SimulatedDisk({ random: this.random.fork('disk'), capacityBytes: volumeBytes, syncMs: [0.1, 4] })
    this.stores = new SimulatedStores({ random: this.random.fork('stores'), disk: this.disk })
  }

  async boot(): Promise<void> {
    const machine = this.clock.machine()
    const peers = this.join('provider', 'provider', machine)
    this.disk.attach(machine)
    const metrics = new RecordedMetrics()
    const platform = {
      clock: machine,
      crypto,
      disk: this.disk,
      random: this.random.fork(`boot ${this.clock.elapsed()}`),
      openStore: this.stores.opener({ clock: machine, commitMs: [0.1, 4] }),
      log: this.trace.log('provider'),
      metrics,
      ...(this.#bucket
        ? { objects: new MemoryObjects(this.#bucket, { clock: machine, random: this.random.fork('objects'), metrics }) }
        : {}),
    }
    const config = {
      ...this.#more,
      network: this.config,
      address: PROVIDER,
      capacityBytes: this.capacityBytes,
      services: ['storage', 'index'] as const,
    }
    this.running = {
      machine,
      metrics,
      provider: await startProvider(config, platform, peers, identityOf(crypto.sha256(utf8('provider')), crypto).signKey),
    }
  }

  /** As at SIGTERM: what is in flight ends, then the process. */
  async stop(): Promise<void> {
    const { provider } = present(this.running)
    await this.settle((async () => await provider[Symbol.asyncDispose]())())
    this.crash()
  }

  /** Power off: what was not synced is kept or lost by chance. */
  crash(): void {
    this.network.crash('provider')
    this.running?.machine.halt()
    this.stores.crash()
    this.disk.crash()
    this.running = undefined
  }

  settle<T>(work: Promise<T>): Promise<T> {
    return this.clock.runWhile(work, 3_600_000)
  }

  /** Turns a bit over, at this share of the shard's file. */
  async rot(set: TestSet, where: number): Promise<void> {
    const name = hexOf(set.segment)
    await using file = await this.disk.open(`shards/${name.slice(0, 2)}/${name}.0`, 'create')
    const at = Math.floor(where * (await file.size()))
    const byte = new Uint8Array(1)
    await file.read(byte, at)
    await file.write(Uint8Array.of((byte[0] ?? 0) ^ 1), at)
    await file.sync()
  }
}
