/**
 * Spans by way of the OpenTelemetry API. The API alone does nothing: spans go where the SDK sends them that the program has registered
 * (a DApp its own, `lunarx` the one of `@lunarx/cli`); where none is, none are made.
 *
 * @module
 */
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context, type Span as ApiSpan } from '@opentelemetry/api'
import { traceParent, type TraceParentParts } from './trace-parent.ts'
import type { Span, Tracer } from './tracer.ts'

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER } as const

const under = ({ traceId, spanId, isSampled }: TraceParentParts): Context =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  })

export function openTelemetryTracer(): Tracer {
  const tracer = trace.getTracer('lunarx')
  return {
    start(name, { kind, attributes = {}, parent }) {
      const within = parent === undefined ? context.active() : under(parent)
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, within)
      return span.isRecording() ? apiSpan(span, trace.setSpan(within, span)) : undefined
    },
    current() {
      const span = trace.getActiveSpan()
      if (span?.isRecording() !== true) return undefined
      const { traceId, spanId, traceFlags } = span.spanContext()
      const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0
      return isSampled ? traceParent({ traceId, spanId, isSampled }) : undefined
    },
  }
}

function apiSpan(span: ApiSpan, within: Context): Span {
  return {
    run: (work) => context.with(within, work),
    set: (attributes) => {
      span.setAttributes(attributes)
    },
    end: (outcome) => {
      if (!span.isRecording()) return
      span.setAttribute('lunarx.outcome', outcome)
      if (outcome !== 'OK') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome })
      span.end()
    },
  }
}
