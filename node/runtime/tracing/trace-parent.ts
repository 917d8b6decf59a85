/**
 * What a question may carry of a trace: the `traceparent` of W3C Trace Context, version 00, which has one length and nothing that varies
 * but ids. Never `tracestate` or baggage: a peer takes no text of others into its memory. Pure.
 *
 * @module
 */

/** `00-<trace id>-<span id>-<flags>`, lower-case hex. 55 characters. */
export type TraceParent = string

export interface TraceParentParts {
  /** 32 hex digits, not all 0. */
  readonly traceId: string
  /** 16 hex digits, not all 0. */
  readonly spanId: string
  /** True: the asker keeps its spans, and the peer may keep its own. */
  readonly isSampled: boolean
}

/** Of the text. */
export const TRACE_PARENT_CHARS = 55
const FORM = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/
const SAMPLED = 1

export const traceParent = ({ traceId, spanId, isSampled }: TraceParentParts): TraceParent =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`

/** Undefined: it is none, whatever it is. That is no error: tracing must not make a question fail. */
export function readTraceParent(value: unknown): TraceParentParts | undefined {
  if (typeof value !== 'string' || value.length !== TRACE_PARENT_CHARS) return undefined
  const [, traceId, spanId, flags] = FORM.exec(value) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED }
}
