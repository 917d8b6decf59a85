/**
 * The OpenTelemetry collector, with a receiver of OTLP over HTTP and an exporter that prints every span, on the loopback, until disposed.
 * `test/e2e/collector.ts` runs the same program in a pod.
 *
 * Upstream publishes no module that installs: its `builder` makes a program of the parts that are named. Cold: two minutes on two cores.
 *
 * @module
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { madeOnce } from '../../test/interop/cache.ts'
import { tool } from '../cluster/cluster.ts'
import { freePort } from './ports.ts'
import { startService } from './service.ts'

const VERSION = 'v0.165.0'
const BUILD_MS = 20 * 60_000
const PART = 'go.opentelemetry.io/collector'

const manifest = (folder: string): string => `dist:
  name: otelcol
  output_path: ${folder}/source
receivers:
  - gomod: ${PART}/receiver/otlpreceiver ${VERSION}
exporters:
  - gomod: ${PART}/exporter/debugexporter ${VERSION}
`

/** Path of the executable, built on first use. @throws {ToolError} no Go toolchain, or the build failed */
export async function collectorProgram(): Promise<string> {
  const folder = await madeOnce('otelcol', [VERSION, manifest('')], async (draft) => {
    console.error(`building the OpenTelemetry collector ${VERSION}, which takes minutes …`)
    const env = { ...process.env, GOBIN: draft, CGO_ENABLED: '0' }
    await tool('go', ['install', '-trimpath', `${PART}/cmd/builder@${VERSION}`], env, { timeoutMs: BUILD_MS })
    await writeFile(join(draft, 'manifest.yaml'), manifest(draft))
    const args = ['--config', join(draft, 'manifest.yaml'), '--ldflags=-s -w']
    await tool(join(draft, 'builder'), args, env, { timeoutMs: BUILD_MS })
    await tool('mv', [join(draft, 'source', 'otelcol'), draft], process.env)
    for (const spent of ['source', 'builder']) await rm(join(draft, spent), { recursive: true })
  })
  return join(folder, 'otelcol')
}

/** @param address host and port */
export const collectorConfig = (address: string): string => `receivers:
  otlp:
    protocols:
      http: { endpoint: '${address}' }
exporters:
  debug: { verbosity: detailed }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [debug] }
`

/** A span as the collector received it. */
export interface CollectedSpan {
  readonly service: string
  readonly name: string
  readonly kind: string
  readonly traceId: string
  readonly spanId: string
  /** '': it has none. */
  readonly parentId: string
  readonly attributes: Readonly<Record<string, string>>
}

export interface Collector extends AsyncDisposable {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT is to be. */
  readonly endpoint: string
  /** All that has come so far. */
  spans(): Promise<CollectedSpan[]>
}

/** @throws {Error} not ready within five minutes; the end of its log is in the message */
export async function startCollector(folder: string): Promise<Collector> {
  const port = await freePort()
  const [configFile, logFile] = [join(folder, 'collector.yaml'), join(folder, 'collector.log')]
  await writeFile(configFile, collectorConfig(`127.0.0.1:${port}`))
  const service = await startService({
    name: 'the OpenTelemetry collector',
    program: await collectorProgram(),
    args: ['--config', configFile],
    env: process.env,
    logFile,
    isReady: async () => (await readFile(logFile, 'utf8').catch(() => '')).includes('Everything is ready'),
  })
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans: async () => spansOf(await readFile(logFile, 'utf8')),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  }
}

/** What the debug exporter prints at its most verbose. Pure. */
export function spansOf(log: string): CollectedSpan[] {
  return log
    .split('ResourceSpans #')
    .slice(1)
    .flatMap((resource) => {
      const service = /service\.name: Str\((.*?)\)/.exec(resource)?.[1] ?? ''
      return resource
        .split(/\nSpan #\d+\n/)
        .slice(1)
        .map((span) => ({ service, ...spanOf(span) }))
    })
}

function spanOf(text: string): Omit<CollectedSpan, 'service'> {
  const field = (name: string): string => new RegExp(`^ {4}${name} *: ?(.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
  const attributes = [...text.matchAll(/^ {5}-> ([\w.]+): \w+\((.*)\)$/gm)].map(([, key = '', value = '']) => [key, value])
  return {
    name: field('Name'),
    kind: field('Kind'),
    traceId: field('Trace ID'),
    spanId: field('ID'),
    parentId: field('Parent ID'),
    attributes: Object.fromEntries(attributes) as Record<string, string>,
  }
}
