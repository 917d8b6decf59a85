/**
 * Objects in memory, on a server that is slow, fails before or after the act, fills up or goes away as a simulation or a test says.
 *
 * Resolves by microtasks of the given clock. The bucket outlives its users, as a server does: what a crashed machine had under way
 * may still happen.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/clock.ts'
import type { Random } from '../random/random.ts'
import type { ObjectAttempts, ObjectPage } from './attempts.ts'
import { OBJECT_LIMITS } from './limits.ts'
import type { ObjectEnd } from './objects.ts'
import { SteadyObjects, type SteadyOptions } from './steady.ts'

export interface BucketFaults {
  /** Share of tries that fail before anything happened. */
  failRate: number
  /** Share of tries whose answer is lost after everything happened. */
  lostAnswerRate: number
  /** Every answer takes between these. */
  delayMs: readonly [number, number]
  /** Nobody answers at all. */
  isAway: boolean
  /** The credentials are refused. */
  isForbidden: boolean
}

export interface BucketOptions {
  readonly random: Random
  readonly capacityBytes?: number
}

/** The server. */
export class SimulatedBucket {
  readonly objects = new Map<string, Uint8Array>()
  readonly capacityBytes: number
  readonly random: Random
  faults: BucketFaults = { failRate: 0, lostAnswerRate: 0, delayMs: [0, 0], isAway: false, isForbidden: false }

  constructor({ random, capacityBytes = Number.MAX_SAFE_INTEGER }: BucketOptions) {
    this.random = random
    this.capacityBytes = capacityBytes
  }

  get freeBytes(): number {
    let used = 0
    for (const { length } of this.objects.values()) used += length
    return this.capacityBytes - used
  }

  /** @throws {LunarError} FULL */
  keep(name: string, bytes: Uint8Array): void {
    const replaced = this.objects.get(name)?.length ?? 0
    if (bytes.length > this.freeBytes + replaced) throw new LunarError('FULL', 'the bucket is full', { detail: { operation: 'put' } })
    this.objects.set(name, bytes)
  }
}

/** One user of a bucket. */
export class MemoryObjects extends SteadyObjects {
  constructor(bucket: SimulatedBucket, options: Omit<SteadyOptions, 'backend'>) {
    super(new MemoryAttempts(bucket, options.clock), { ...options, backend: 'memory' })
  }
}

class MemoryAttempts implements ObjectAttempts {
  readonly #bucket: SimulatedBucket
  readonly #clock: Clock

  constructor(bucket: SimulatedBucket, clock: Clock) {
    this.#bucket = bucket
    this.#clock = clock
  }

  async put(name: string, sizeBytes: number, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const kept = new Uint8Array(sizeBytes)
    let at = 0
    for await (const chunk of bytes) {
      signal.throwIfAborted()
      kept.set(chunk, at)
      at += chunk.length
    }
    await this.#ask('put', signal, (bucket) => bucket.keep(name, kept))
  }

  read(name: string, into: Uint8Array, position: number, signal: AbortSignal): Promise<number | undefined> {
    return this.#ask('read', signal, ({ objects }) => {
      const bytes = objects.get(name)?.subarray(position, position + into.length)
      if (bytes) into.set(bytes)
      return bytes?.length
    })
  }

  readEnd(name: string, into: Uint8Array, signal: AbortSignal): Promise<ObjectEnd | undefined> {
    return this.#ask('read', signal, ({ objects }) => {
      const bytes = objects.get(name)
      const end = bytes?.subarray(Math.max(0, bytes.length - into.length))
      if (end) into.set(end)
      return bytes && end && { sizeBytes: bytes.length, readBytes: end.length }
    })
  }

  size(name: string, signal: AbortSignal): Promise<number | undefined> {
    return this.#ask('size', signal, ({ objects }) => objects.get(name)?.length)
  }

  remove(name: string, signal: AbortSignal): Promise<void> {
    return this.#ask('remove', signal, ({ objects }) => void objects.delete(name))
  }

  page(prefix: string, after: string | undefined, signal: AbortSignal): Promise<ObjectPage> {
    return this.#ask('list', signal, ({ objects }) => {
      const names = [...objects.keys()].filter((name) => name.startsWith(prefix) && (after === undefined || name > after)).toSorted()
      const page = names.slice(0, OBJECT_LIMITS.pageNames)
      return {
        objects: page.map((name) => ({ name, sizeBytes: objects.get(name)?.length ?? 0 })),
        next: names.length > page.length ? page.at(-1) : undefined,
      }
    })
  }

  freeBytes(signal: AbortSignal): Promise<number | undefined> {
    return this.#ask('free', signal, ({ freeBytes, capacityBytes }) => (capacityBytes < Number.MAX_SAFE_INTEGER ? freeBytes : undefined))
  }

  claim(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return this.#ask('claim', signal, (bucket) => {
      if (!bucket.objects.has(name)) bucket.keep(name, bytes.slice())
      return bucket.objects.get(name)?.slice() ?? bytes
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #ask<T>(operation: string, signal: AbortSignal, act: (bucket: SimulatedBucket) => T): Promise<T> {
    const { faults, random } = this.#bucket
    const [least, most] = faults.delayMs
    const delayMs = faults.isAway ? Number.POSITIVE_INFINITY : least + random.uniform() * (most - least)
    if (delayMs > 0) await this.#clock.sleep(delayMs, signal)
    signal.throwIfAborted()
    if (faults.isForbidden)
      throw new LunarError('STORE_FAILED', 'the backend refuses the credentials', { detail: { operation }, retryable: false })
    if (random.uniform() < faults.failRate) throw failed(operation)
    const result = act(this.#bucket)
    if (random.uniform() < faults.lostAnswerRate) throw failed(operation)
    return result
  }
}

const failed = (operation: string): LunarError => new LunarError('STORE_FAILED', 'the backend failed', { detail: { operation } })
