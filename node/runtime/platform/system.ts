/**
 * The platform of a pod or a local process: this machine's clock, chance, folder, stores and log.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/index.ts'
import { SystemClock } from '../clock/system.ts'
import { nodeCrypto } from '../crypto/index.ts'
import { NodeDisk } from '../disk/node-disk.ts'
import { refuse } from '../disk/node-error.ts'
import { loadErasureEngine } from '../erasure/index.ts'
import type { Log } from '../log/index.ts'
import { type LogLevel, pinoLog } from '../log/pino.ts'
import { PrometheusMetrics } from '../metrics/prometheus.ts'
import { SystemRandom } from '../random/system.ts'
import { SqliteStore } from '../store/sqlite.ts'
import { openTelemetryTracer } from '../tracing/open-telemetry.ts'
import type { Platform } from './platform.ts'

const WARNED_EVERY_MS = 60_000

export interface SystemPlatformOptions {
  /** Made if missing. Files in `files/`, stores in `stores/`. */
  readonly dataFolder: string
  readonly logLevel: LogLevel
  /** Where log lines go; default: standard error. */
  readonly logStream?: { write(line: string): void }
  /** Spans go to the SDK of OpenTelemetry that the program has registered. Default: there are none. */
  readonly isTraced?: boolean
}

export interface SystemPlatform extends Platform {
  /** For `serveHealth`. */
  readonly metrics: PrometheusMetrics
}

/** Where a program with this data folder keeps its files, by a {@link NodeDisk}. */
export const filesFolder = (dataFolder: string): string => join(dataFolder, 'files')

/** @throws {LunarError} STORE_FAILED, FULL when the folder cannot be made */
export async function systemPlatform({ dataFolder, logLevel, logStream, isTraced }: SystemPlatformOptions): Promise<SystemPlatform> {
  const files = filesFolder(dataFolder)
  const stores = join(dataFolder, 'stores')
  for (const folder of [files, stores])
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => refuse(error, 'make folder', folder))
  const clock = new SystemClock()
  const log = pinoLog({ level: logLevel, ...(logStream ? { stream: logStream } : {}) })
  return {
    clock,
    random: new SystemRandom(),
    disk: new NodeDisk(files),
    openStore: async (name) => new SqliteStore(join(stores, `${checkStoreName(name)}.sqlite`), warnSeldom(name, log, clock)),
    log,
    metrics: new PrometheusMetrics(),
    ...(isTraced ? { tracer: openTelemetryTracer() } : {}),
    crypto: nodeCrypto,
    erasure: await loadErasureEngine(),
  }
}

/** Askers are told no more than that the store failed: why is for whoever looks after it. One line a minute for a store. */
function warnSeldom(store: string, log: Log, clock: Clock): (error: LunarError) => void {
  let saidMs = Number.NEGATIVE_INFINITY
  return (error) => {
    if (clock.elapsed() - saidMs < WARNED_EVERY_MS) return
    saidMs = clock.elapsed()
    log.warn('a store failed', { store, error })
  }
}

/** @throws {RangeError} on what is not a plain lower-case name */
function checkStoreName(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) throw new RangeError(`not a name of a store: ${JSON.stringify(name)}`)
  return name
}
