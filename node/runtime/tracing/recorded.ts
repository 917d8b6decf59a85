/**
 * Spans that are kept in memory, for tests: one place for all machines of a simulation, a tracer for each. Ids are counted, so that a seed
 * gives the same trace again.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { traceParent } from './trace-parent.ts'
import type { Attributes, Span, SpanOptions, Tracer } from './tracer.ts'

/** Spans that are kept; later ones are not recorded. */
const MAX_SPANS = 100_000

export interface RecordedSpan {
  /** Whose it is. */
  readonly service: string
  readonly name: string
  readonly kind: SpanOptions['kind']
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | undefined
  readonly attributes: Attributes
  /** Undefined: it has not ended. */
  readonly outcome: string | undefined
}

type Recording = { -readonly [K in keyof RecordedSpan]: RecordedSpan[K] }

export class RecordedSpans {
  readonly #spans: Recording[] = []
  #ids = 0

  get all(): readonly RecordedSpan[] {
    return this.#spans
  }

  /** Spans started by it are told apart from those of other machines, although all run in one process. */
  tracer(service: string): Tracer {
    const running = new AsyncLocalStorage<Recording>()
    const active = (): Recording | undefined => {
      const span = running.getStore()
      return span?.outcome === undefined ? span : undefined
    }
    return {
      start: (name, options) => {
        const span = this.#start(service, name, options, active())
        return span && recordedSpan(span, running)
      },
      current: () => {
        const span = active()
        return span && traceParent({ traceId: span.traceId, spanId: span.spanId, isSampled: true })
      },
    }
  }

  #start(service: string, name: string, { kind, attributes = {}, parent }: SpanOptions, active: Recording | undefined) {
    if (parent?.isSampled === false || this.#spans.length >= MAX_SPANS) return undefined
    const above = parent ?? active
    const span: Recording = {
      service,
      name,
      kind,
      traceId: above?.traceId ?? this.#id(32),
      spanId: this.#id(16),
      parentId: above?.spanId,
      attributes,
      outcome: undefined,
    }
    this.#spans.push(span)
    return span
  }

  #id(digits: number): string {
    return (++this.#ids).toString(16).padStart(digits, '0')
  }
}

function recordedSpan(span: Recording, running: AsyncLocalStorage<Recording>): Span {
  return {
    run: (work) => running.run(span, work),
    set: (attributes) => {
      span.attributes = { ...span.attributes, ...attributes }
    },
    end: (outcome) => {
      span.outcome ??= outcome
    },
  }
}
