/**
 * The platform of a pod or a local process: this machine's clock, chance, folder, stores and log.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SystemClock } from '../clock/system.ts'
import { nodeCrypto } from '../crypto/index.ts'
import { NodeDisk } from '../disk/node-disk.ts'
import { refuse } from '../disk/node-error.ts'
import { loadErasureEngine } from '../erasure/index.ts'
import { type LogLevel, pinoLog } from '../log/pino.ts'
import { PrometheusMetrics } from '../metrics/prometheus.ts'
import { SystemRandom } from '../random/system.ts'
import { SqliteStore } from '../store/sqlite.ts'
import { openTelemetryTracer } from '../tracing/open-telemetry.ts'
import type { Platform } from './platform.ts'

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

/** @throws {LunarError} STORE_FAILED, FULL when the folder cannot be made */
export async function systemPlatform({ dataFolder, logLevel, logStream, isTraced }: SystemPlatformOptions): Promise<SystemPlatform> {
  const files = join(dataFolder, 'files')
  const stores = join(dataFolder, 'stores')
  for (const folder of [files, stores])
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => refuse(error, 'make folder', folder))
  return {
    clock: new SystemClock(),
    random: new SystemRandom(),
    disk: new NodeDisk(files),
    openStore: async (name) => new SqliteStore(join(stores, `${checkStoreName(name)}.sqlite`)),
    log: pinoLog({ level: logLevel, ...(logStream ? { stream: logStream } : {}) }),
    metrics: new PrometheusMetrics(),
    ...(isTraced ? { tracer: openTelemetryTracer() } : {}),
    crypto: nodeCrypto,
    erasure: await loadErasureEngine(),
  }
}

/** @throws {RangeError} on what is not a plain lower-case name */
function checkStoreName(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) throw new RangeError(`not a name of a store: ${JSON.stringify(name)}`)
  return name
}
