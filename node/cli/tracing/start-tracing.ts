/**
 * Sends the spans of this process to a collector, where the standard variables of OpenTelemetry name one; else nothing is loaded and
 * nothing recorded. At most 2,048 spans wait to be sent; those that come on top are dropped, whoever caused them.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type * as traceSdk from '@opentelemetry/sdk-trace'

type Environment = Readonly<Record<string, string | undefined>>

export interface Tracing extends AsyncDisposable {
  /** Spans go somewhere. */
  readonly isOn: boolean
}

/** How long a process that ends waits for the collector. Milliseconds. */
const LAST_EXPORT_MS = 2_000
const WAITING_SPANS = 2_048

const OFF: Tracing = { isOn: false, [Symbol.asyncDispose]: () => Promise.resolve() }

/** As the OpenTelemetry specification has it, except that nothing is sent unless a collector is named. */
export function isTracingWanted(env: Environment): boolean {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? ''
  const exporter = env['OTEL_TRACES_EXPORTER'] ?? 'otlp'
  return endpoint !== '' && exporter === 'otlp' && env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true'
}

/**
 * @param service name of this process unless OTEL_SERVICE_NAME says another
 * @throws {LunarError} BAD_CONFIG: a sampler that is not known
 */
export async function startTracing(service: string, env: Environment): Promise<Tracing> {
  if (!isTracingWanted(env)) return OFF
  const [{ context, trace }, { AsyncLocalStorageContextManager }, { OTLPTraceExporter }, resources, sdk] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace'),
  ])
  const pod = env['POD_NAME']
  const own = resources.resourceFromAttributes({ 'service.name': service, ...(pod ? { 'k8s.pod.name': pod } : {}) })
  const provider = new sdk.TracerProvider({
    resource: own.merge(resources.detectResources({ detectors: [resources.envDetector] })),
    sampler: samplerOf(env, sdk),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter(), maxQueueSize: WAITING_SPANS })],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  return {
    isOn: true,
    async [Symbol.asyncDispose]() {
      const late = Promise.withResolvers<undefined>()
      const timer = setTimeout(() => late.resolve(undefined), LAST_EXPORT_MS)
      // a collector that is away must not keep a process from ending, nor make its work fail
      await Promise.race([provider.shutdown().catch(() => undefined), late.promise])
      clearTimeout(timer)
    },
  }
}

/** OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG. What a peer asks follows the asker, where the name begins with `parentbased`. */
function samplerOf(env: Environment, sdk: typeof traceSdk): traceSdk.Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on'
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? 1)
  const roots = new Map<string, () => traceSdk.Sampler>([
    ['always_on', () => new sdk.AlwaysOnSampler()],
    ['always_off', () => new sdk.AlwaysOffSampler()],
    ['traceidratio', () => new sdk.TraceIdRatioBasedSampler(ratio)],
  ])
  const root = roots.get(name.replace(/^parentbased_/, ''))?.()
  if (root === undefined || !(ratio >= 0 && ratio <= 1))
    throw new LunarError('BAD_CONFIG', 'OTEL_TRACES_SAMPLER or its argument is not known', {
      detail: { sampler: name, known: [...roots.keys()].flatMap((one) => [one, `parentbased_${one}`]) },
    })
  return name.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root }) : root
}

/** What the spans of this command line are said to come from. */
export function serviceOf([command, role]: readonly string[]): string {
  return command === 'run' && (role === 'provider' || role === 'tracker' || role === 'verifier') ? `lunarx-${role}` : 'lunarx-client'
}
