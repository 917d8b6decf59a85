/**
 * A question and its answer as spans, whatever carries them. Only what is asked within a span is traced, and only what came with the trace
 * of its asker is traced by who answers: a network that nobody traces has no spans and no longer messages.
 *
 * @module
 */
import { readTraceParent, TRACE_PARENT_CHARS, traced, type TraceParent, type Tracer } from '@lunarx/runtime/tracing'
import type { Asked } from '../peers/peers.ts'
import { encodeHead } from '../frame/heads.ts'

/** Of the entry in the head: the text, its name, and what CBOR puts before each. */
const ENTRY_BYTES = TRACE_PARENT_CHARS + 'traceparent'.length + 4

/** @param ask given the `traceparent` that goes with the question */
export async function askTraced<T>(
  tracer: Tracer,
  exchange: string,
  ask: (traceparent: TraceParent | undefined) => Promise<T>,
): Promise<T> {
  if (tracer.current() === undefined) return await ask(undefined)
  const attributes = { 'rpc.system': 'lunarx', 'rpc.method': exchange }
  return await traced(tracer, `lunarx/${exchange}`, { kind: 'client', attributes }, () => ask(tracer.current()))
}

/** @param traceparent what came with the question: of anybody, so that anything but a `traceparent` is passed over */
export async function answerTraced<T>(
  tracer: Tracer,
  exchange: string,
  { session }: Pick<Asked, 'session'>,
  traceparent: unknown,
  answer: () => Promise<T>,
): Promise<T> {
  const parent = readTraceParent(traceparent)
  if (parent?.isSampled !== true) return await answer()
  const attributes = { 'rpc.system': 'lunarx', 'rpc.method': exchange, 'lunarx.asker': session.peer }
  return await traced(tracer, `lunarx/${exchange}`, { kind: 'server', attributes, parent }, answer)
}

/**
 * The head of a question. Where only the trace would make it too long for what carries it, it goes without.
 * @throws {LunarError} BAD_MESSAGE: longer than a head may be
 */
export function encodeQuestion(
  head: Readonly<Record<string, unknown>>,
  traceparent: TraceParent | undefined,
  maxBytes: number,
): Uint8Array {
  const plain = encodeHead(head, maxBytes)
  if (traceparent === undefined || plain.length + ENTRY_BYTES > maxBytes) return plain
  return encodeHead({ ...head, traceparent }, maxBytes)
}
