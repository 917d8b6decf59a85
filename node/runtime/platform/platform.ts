/**
 * What a composition root receives: everything that touches the world. Pods get the real one, `World` a simulated one;
 * the roles see no difference.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { ErasureEngine } from '@lunarx/core/erasure'
import type { Clock } from '../clock/clock.ts'
import type { Disk } from '../disk/disk.ts'
import type { Log } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Random } from '../random/random.ts'
import type { OpenStore } from '../store/store.ts'
import type { Tracer } from '../tracing/tracer.ts'

export interface Platform {
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  readonly openStore: OpenStore
  readonly log: Log
  readonly metrics: Metrics
  /** Unset: nothing is traced. */
  readonly tracer?: Tracer
  readonly crypto: CryptoEngine
  readonly erasure: ErasureEngine
}
