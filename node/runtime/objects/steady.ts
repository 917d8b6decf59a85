/**
 * Objects on a backend that fails now and then: bounded tries with growing pauses, a time limit for each, so many at a time, and
 * measured. The same for every backend.
 *
 * @module
 */
import { hasCode, LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/clock.ts'
import type { Histogram, Counter, Metrics } from '../metrics/metrics.ts'
import type { Random } from '../random/random.ts'
import { deadline, Limit, retry } from '../tasks/index.ts'
import type { ObjectAttempts } from './attempts.ts'
import { OBJECT_LIMITS, PATIENCE, type Patience } from './limits.ts'
import { checkObjectName, checkObjectPrefix, isObjectName } from './names.ts'
import type { ObjectEnd, Objects, StoredObject } from './objects.ts'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export interface SteadyOptions {
  /** `s3`, `hdfs`: a label of the metrics. */
  readonly backend: string
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  readonly patience?: Partial<Patience>
}

type Try<T> = (signal: AbortSignal) => Promise<T>

export class SteadyObjects implements Objects {
  readonly #attempts: ObjectAttempts
  readonly #options: SteadyOptions
  readonly #patience: Patience
  readonly #room = new Limit(OBJECT_LIMITS)
  readonly #writes = new Limit({ ...OBJECT_LIMITS, concurrent: OBJECT_LIMITS.concurrentPuts })
  readonly #stop = new AbortController()
  readonly #seconds: Histogram
  readonly #errors: Counter

  constructor(attempts: ObjectAttempts, options: SteadyOptions) {
    this.#attempts = attempts
    this.#options = options
    this.#patience = { ...PATIENCE, ...options.patience }
    const { metrics } = options
    const labels = ['backend', 'operation']
    this.#seconds = metrics.histogram('lunarx_backend_seconds', 'Tries at a backend, by how they ended', SECONDS, [...labels, 'outcome'])
    this.#errors = metrics.counter('lunarx_backend_errors_total', 'Operations at a backend that failed for good', [...labels, 'code'])
  }

  put(name: string, sizeBytes: number, open: () => AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    checkObjectName(name)
    if (!(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 && sizeBytes <= OBJECT_LIMITS.objectBytes))
      throw new RangeError(`not a size of an object: ${sizeBytes}`)
    const put: Try<void> = async (stop) => {
      const source = new Source(sizeBytes, open)
      try {
        await this.#attempts.put(name, sizeBytes, source, stop)
      } catch (error) {
        throw source.failure ? source.failure.error : error
      }
    }
    return this.#writes.run(() => this.#run('put', sizeBytes, put, signal), signal)
  }

  async read(name: string, into: Uint8Array, position: number, signal?: AbortSignal): Promise<number | undefined> {
    checkObjectName(name)
    if (!(Number.isSafeInteger(position) && position >= 0)) throw new RangeError(`not a position: ${position}`)
    if (into.length === 0) return (await this.size(name, signal)) === undefined ? undefined : 0
    let filled = 0
    while (filled < into.length) {
      const rest = into.subarray(filled)
      const at = position + filled
      const read = await this.#run('read', rest.length, (stop) => this.#attempts.read(name, rest, at, stop), signal)
      if (read === undefined) return undefined
      if (read === 0) break
      filled += read
    }
    return filled
  }

  readEnd(name: string, into: Uint8Array, signal?: AbortSignal): Promise<ObjectEnd | undefined> {
    checkObjectName(name)
    if (into.length === 0) throw new RangeError('no room for the end of an object')
    return this.#run('read', into.length, (stop) => this.#attempts.readEnd(name, into, stop), signal)
  }

  size(name: string, signal?: AbortSignal): Promise<number | undefined> {
    checkObjectName(name)
    return this.#run('size', 0, (stop) => this.#attempts.size(name, stop), signal)
  }

  remove(name: string, signal?: AbortSignal): Promise<void> {
    checkObjectName(name)
    return this.#run('remove', 0, (stop) => this.#attempts.remove(name, stop), signal)
  }

  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject> {
    return this.#pages(checkObjectPrefix(prefix), signal)
  }

  async *#pages(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    let after: string | undefined
    do {
      const from = after
      const page = await this.#run('list', 0, (stop) => this.#attempts.page(prefix, from, stop), signal)
      yield* page.objects.filter(({ name }) => isObjectName(name))
      if (page.next !== undefined && page.next === after)
        throw new LunarError('STORE_FAILED', 'the backend gives the same page for ever', {
          detail: { operation: 'list' },
          retryable: false,
        })
      after = page.next
    } while (after !== undefined)
  }

  freeBytes(signal?: AbortSignal): Promise<number | undefined> {
    return this.#run('free', 0, (stop) => this.#attempts.freeBytes(stop), signal)
  }

  claim(name: string, bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    checkObjectName(name)
    if (bytes.length > OBJECT_LIMITS.claimBytes) throw new RangeError(`too long to claim with: ${bytes.length} bytes`)
    return this.#run('claim', 0, (stop) => this.#attempts.claim(name, bytes, stop), signal)
  }

  /** Ends what is under way with ABORTED. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new LunarError('ABORTED', 'the backend is being closed'))
    await this.#attempts[Symbol.asyncDispose]()
  }

  /** @param movedBytes of the try at most: what its time limit grows with */
  async #run<T>(operation: string, movedBytes: number, work: Try<T>, caller?: AbortSignal): Promise<T> {
    const { clock, random, backend } = this.#options
    const signal = caller ? AbortSignal.any([caller, this.#stop.signal]) : this.#stop.signal
    const limitMs = this.#patience.attemptMs + movedBytes / OBJECT_LIMITS.slowestBytesPerMs
    try {
      return await this.#room.run(
        () => retry(() => this.#try(operation, limitMs, work, signal), { clock, random, ...this.#patience, signal, isRetryable }),
        signal,
      )
    } catch (error) {
      if (signal.aborted) throw signal.reason
      this.#errors.add(1, { backend, operation, code: error instanceof LunarError ? error.code : 'other' })
      throw error
    }
  }

  async #try<T>(operation: string, limitMs: number, work: Try<T>, outer: AbortSignal): Promise<T> {
    const { clock, backend } = this.#options
    using limit = deadline(clock, limitMs, outer)
    const began = clock.elapsed()
    let outcome = 'failed'
    try {
      const result = await work(limit.signal)
      outcome = 'ok'
      return result
    } catch (error) {
      outcome = outer.aborted ? 'aborted' : limit.signal.aborted ? 'timeout' : outcomeOf(error)
      if (outer.aborted) throw outer.reason
      if (limit.signal.aborted)
        throw new LunarError('STORE_FAILED', 'the backend did not answer within its time limit', {
          cause: error,
          detail: { operation, limitMs },
        })
      throw error
    } finally {
      this.#seconds.observe((clock.elapsed() - began) / 1_000, { backend, operation, outcome })
    }
  }
}

/** A full store is not asked again at once: room comes by deletes, or by somebody. */
const isRetryable = (error: unknown): boolean => error instanceof LunarError && error.retryable && error.code !== 'FULL'

const outcomeOf = (error: unknown): string => {
  if (hasCode(error, 'FULL')) return 'full'
  return isRetryable(error) ? 'failed' : 'refused'
}

/** The bytes, if there are as many as announced: a client of a store may send fewer and call it done. */
class Source implements AsyncIterable<Uint8Array> {
  /** Why the bytes broke off, whatever the backend makes of that. */
  failure: { readonly error: unknown } | undefined
  readonly #sizeBytes: number
  readonly #open: () => AsyncIterable<Uint8Array>

  constructor(sizeBytes: number, open: () => AsyncIterable<Uint8Array>) {
    this.#sizeBytes = sizeBytes
    this.#open = open
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* exactly(this.#sizeBytes, this.#open())
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }
}

async function* exactly(sizeBytes: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of chunks) {
    seen += chunk.length
    if (seen > sizeBytes) throw wrongLength(sizeBytes)
    if (chunk.length > 0) yield chunk
  }
  if (seen !== sizeBytes) throw wrongLength(sizeBytes)
}

const wrongLength = (sizeBytes: number): LunarError =>
  new LunarError('STORE_FAILED', 'an object is not as long as was announced', { detail: { operation: 'put', sizeBytes }, retryable: false })
