/**
 * Traces: how one operation of a client goes through trackers and providers. Beside logs and metrics the third thing that a role tells
 * of itself; off unless somebody wants it, and then without cost.
 *
 * A span is the child of the one that it is started in ({@link Span.run}). What is started within a span that has ended belongs to no
 * trace: background work does not go on forever in the trace of the question that woke it.
 *
 * Attributes are numbers and words of ours: never keys, names of objects, texts of errors or what clients store.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { TraceParent, TraceParentParts } from './trace-parent.ts'

export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface SpanOptions {
  /** `internal`: an operation; `client`: a question to a peer; `server`: the answer to one. */
  readonly kind: 'internal' | 'client' | 'server'
  readonly attributes?: Attributes
  /** Of the asker. Unset: the span that this is started in, or a new trace. */
  readonly parent?: TraceParentParts | undefined
}

export interface Span {
  /** What `work` starts, now or later, is within this span. */
  run<T>(work: () => T): T
  set(attributes: Attributes): void
  /** The first end counts. @param outcome `OK`, or the code of an error */
  end(outcome: string): void
}

export interface Tracer {
  /** Undefined: nobody wants this span. Then nothing is to be done. */
  start(name: string, options: SpanOptions): Span | undefined
  /** Of the span that this runs in, for a question to a peer; undefined: there is none, or it has ended. */
  current(): TraceParent | undefined
}

export const noTracer: Tracer = { start: () => undefined, current: () => undefined }

const outcomeOf = (error: unknown): string => (error instanceof LunarError ? error.code : 'THROWN')

/** Runs `work` in a span of its own. */
export async function traced<T>(
  tracer: Tracer,
  name: string,
  options: SpanOptions,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  const span = tracer.start(name, options)
  if (!span) return await work(undefined)
  try {
    const result = await span.run(() => work(span))
    span.end('OK')
    return result
  } catch (error) {
    span.end(outcomeOf(error))
    throw error
  }
}

/** A span for each iteration, from its beginning to its end. */
export const tracedItems = <T>(tracer: Tracer, name: string, options: SpanOptions, items: AsyncIterable<T>): AsyncIterable<T> => ({
  [Symbol.asyncIterator]: () => {
    const span = tracer.start(name, options)
    return span ? iterateIn(span, items) : items[Symbol.asyncIterator]()
  },
})

/** No generator: its `return` would wait for a `next` under way, and leaving early must cut at once. */
function iterateIn<T>(span: Span, items: AsyncIterable<T>): AsyncIterator<T, undefined> {
  const iterator = span.run(() => items[Symbol.asyncIterator]())
  return {
    async next() {
      try {
        const step = await span.run(() => iterator.next())
        if (step.done !== true) return step
        span.end('OK')
        return { done: true, value: undefined }
      } catch (error) {
        span.end(outcomeOf(error))
        throw error
      }
    },
    async return() {
      try {
        await span.run(() => iterator.return?.())
      } finally {
        span.end('OK')
      }
      return { done: true, value: undefined }
    },
  }
}
