/**
 * A body on its way: the producer is asked for the next chunk only when the consumer has taken nearly all before it.
 *
 * Keeps to the letter of what {@link Body} says of memory: a chunk is copied when it is sent, and what the consumer was given is
 * spoilt as soon as it asks for more. Code that keeps a chunk fails here first.
 *
 * A dead end (its machine has lost its power) is neither asked nor told anything any more.
 *
 * @module
 */
import { LIMITS } from '@lunarx/core/model'
import type { Body } from '../peers/peers.ts'
import { asInterruption, type Line } from './line.ts'

/** What a chunk is full of once its reader has asked for the next. */
const SPOILT = 0xa5

/** Chunks that are under way or wait for the consumer. */
const WINDOW_CHUNKS = 2

export interface End {
  readonly isAlive: boolean
}

type Ending = { readonly kind: 'complete' } | { readonly kind: 'failed'; readonly error: unknown }

export class Pipe implements AsyncIterableIterator<Uint8Array> {
  readonly #line: Line
  readonly #consumer: End
  readonly #producer: End
  readonly #chunks: Uint8Array[] = []
  /** What the consumer was given last. */
  #lent: Uint8Array | undefined
  #ending: Ending | undefined
  /** The consumer wants no more. */
  #isClosed = false
  #wake: (() => void)[] = []
  readonly #onBreak = (): void => this.#finish({ kind: 'failed', error: asInterruption(this.#line.signal.reason) })

  constructor(line: Line, producer: End, consumer: End) {
    this.#line = line
    this.#producer = producer
    this.#consumer = consumer
    line.signal.addEventListener('abort', this.#onBreak, { once: true })
  }

  /**
   * Reads the source to its end, or until the consumer or the line is done.
   * @returns what the source threw; undefined when it did not. Never throws.
   */
  async pump(source: Body): Promise<unknown> {
    const chunks = source[Symbol.asyncIterator]()
    try {
      while (!this.#isDone) {
        const next = await chunks.next()
        if (!this.#producer.isAlive) return undefined
        if (next.done) {
          this.#finish({ kind: 'complete' })
          return undefined
        }
        await this.#sendAll(next.value)
      }
      if (this.#producer.isAlive) await chunks.return?.()
      return undefined
    } catch (error) {
      this.#finish({ kind: 'failed', error: asInterruption(error) })
      return error
    }
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    this.#takeBack()
    while (this.#chunks.length === 0 && !this.#ending && !this.#isClosed) await this.#change()
    if (!this.#consumer.isAlive) await new Promise<never>(() => undefined)
    const chunk = this.#chunks.shift()
    if (chunk && !this.#isClosed) {
      this.#notify()
      this.#lent = chunk
      return { done: false, value: chunk }
    }
    if (this.#ending?.kind === 'failed' && !this.#isClosed) throw this.#ending.error
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#takeBack()
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The consumer wants no more: the producer is told to stop. */
  close(): void {
    this.#isClosed = true
    this.#chunks.length = 0
    this.#line.signal.removeEventListener('abort', this.#onBreak)
    this.#notify()
  }

  #takeBack(): void {
    this.#lent?.fill(SPOILT)
    this.#lent = undefined
  }

  /** Resolves when the consumer has taken everything or wants no more, or the rest will never come. */
  async drained(): Promise<void> {
    while (!this.#isClosed && !(this.#ending && (this.#ending.kind === 'failed' || this.#chunks.length === 0))) await this.#change()
  }

  get #isDone(): boolean {
    return this.#isClosed || this.#ending !== undefined
  }

  async #sendAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#isDone; at += LIMITS.dataFrameBytes) {
      const chunk = bytes.slice(at, at + LIMITS.dataFrameBytes)
      if (!(await this.#line.carryChunk(chunk.length)) || this.#isDone) return
      this.#chunks.push(chunk)
      this.#notify()
      while (this.#chunks.length >= WINDOW_CHUNKS && !this.#isDone) await this.#change()
    }
  }

  #finish(ending: Ending): void {
    this.#ending ??= ending
    this.#line.signal.removeEventListener('abort', this.#onBreak)
    this.#notify()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => void this.#wake.push(resolve))
  }

  #notify(): void {
    const wake = this.#wake
    this.#wake = []
    for (const resolve of wake) resolve()
  }
}
