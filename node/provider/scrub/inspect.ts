/**
 * What becomes of one shard that was read: nothing, or it is dropped, so that the trackers learn with the next heartbeat that it is
 * gone and have it rebuilt.
 *
 * Never drops a shard because the store does not answer, and never on one reading alone: the second one is made while nobody else can
 * change the set. When many in a row are damaged, the store, its cable or the memory is at fault rather than they: then nothing is
 * dropped for a while.
 *
 * @module
 */
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Counter, Metrics } from '@lunarx/runtime/metrics'
import type { Catalog } from '../catalog/index.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import { dropShard } from '../remove/drop-shard.ts'
import type { ShardKey, ShardStore } from '../store/index.ts'
import { verifyShard, type Finding, type VerifyDeps } from './verify.ts'

export interface InspectDeps extends VerifyDeps {
  readonly store: ShardStore
  readonly catalog: Catalog
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

const FINDINGS: readonly Finding[] = ['sound', 'damaged', 'gone']

export class Inspector {
  readonly #deps: InspectDeps
  readonly #bytes: Counter
  readonly #shards: Counter
  #damagedInARow = 0
  #holdsBackUntilMs = 0

  constructor(deps: InspectDeps) {
    this.#deps = deps
    this.#bytes = deps.metrics.counter('lunarx_scrub_bytes_total', 'Bytes of shards read to verify them')
    this.#shards = deps.metrics.counter('lunarx_scrub_shards_total', 'Shards read to verify them: sound, damaged or gone', ['finding'])
    for (const finding of FINDINGS) this.#shards.add(0, { finding }) // there from the start: a rate needs a value before the first
  }

  /** Until then nothing is dropped, on the elapsed clock. */
  get holdsBackUntilMs(): number {
    return this.#holdsBackUntilMs
  }

  /**
   * @param onChunk called between two chunks with the bytes that were read
   * @throws {LunarError} STORE_FAILED: the store does not answer, or too many shards in a row are damaged; what `onChunk` throws
   */
  async inspect(key: ShardKey, onChunk: (readBytes: number) => Promise<void> = async () => undefined): Promise<void> {
    const { catalog, clock } = this.#deps
    const found = await verifyShard(key, this.#deps, (bytes) => {
      this.#bytes.add(bytes)
      return onChunk(bytes)
    })
    if (found === 'sound') this.#note(found)
    else if (clock.elapsed() < this.#holdsBackUntilMs) throw new LunarError('STORE_FAILED', 'too many shards in a row are damaged')
    else await catalog.inTurn(hexOf(key.segment), () => this.#drop(key))
  }

  async #drop(key: ShardKey): Promise<void> {
    const { catalog, log } = this.#deps
    if (!(await catalog.has(key))) return
    const found = await verifyShard(key, this.#deps)
    this.#note(found)
    if (found === 'sound') return
    log.error('a shard is damaged: it is dropped, to be rebuilt', { segment: hexOf(key.segment), index: key.index, found })
    await dropShard(key, [], this.#deps)
  }

  #note(finding: Finding): void {
    this.#shards.add(1, { finding })
    this.#damagedInARow = finding === 'sound' ? 0 : this.#damagedInARow + 1
    if (this.#damagedInARow < PROVIDER_LIMITS.damagedInARow) return
    this.#damagedInARow = 0
    this.#holdsBackUntilMs = this.#deps.clock.elapsed() + PROVIDER_LIMITS.damagedPauseMs
    this.#deps.log.error('many shards in a row are damaged: no more are dropped for now; check the volume, its cable and the memory')
  }
}
