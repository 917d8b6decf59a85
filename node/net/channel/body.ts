/**
 * Bodies: CHUNK frames until END. Coming in they are pulled in pieces of up to 128 KiB, as views of what was received; going out, each
 * chunk waits for the socket to take it before the next is asked for.
 *
 * @module
 */
import { hasCode, LIMITS, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime'
import { FRAME } from '../frame/frame.ts'
import { decodeError } from '../frame/heads.ts'
import { NET_LIMITS } from '../limits.ts'
import type { Body } from '../peers/peers.ts'
import type { FrameSocket } from './frame-socket.ts'
import { SLAB_BYTES } from './slabs.ts'

/** How a body stopped: END (or an ERROR in its place) was read, the reader went away before, or the connection broke. */
export type BodyEnd = 'read' | 'left' | 'broken'

const DONE = { done: true, value: undefined } as const

/** The body of a message that the other side sends. One reader. An iterator of its own, so that `return` works before the first `next`. */
export class IncomingBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #frames: FrameSocket
  readonly #clock: Clock
  readonly #onEnd: (end: BodyEnd) => void
  #end: BodyEnd | undefined
  #isReading = false
  /** Of the current chunk. */
  #leftBytes = 0
  /** What the sender may still keep us waiting until it has made progress. */
  #patienceMs: number = NET_LIMITS.bodyIdleMs
  #progressBytes = 0

  constructor(frames: FrameSocket, clock: Clock, onEnd: (end: BodyEnd) => void = () => undefined) {
    this.#frames = frames
    this.#clock = clock
    this.#onEnd = onEnd
    frames.gather()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws {LunarError} what the sender reports in place of the rest; INTERRUPTED, BAD_MESSAGE */
  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#end !== undefined) return DONE
    this.#isReading = true
    try {
      return await this.#advance()
    } catch (error) {
      this.#stop('broken')
      throw hasCode(error, 'TIMEOUT') ? new LunarError('INTERRUPTED', 'the body came too slowly', { cause: error }) : error
    } finally {
      this.#isReading = false
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#stop('left')
    return DONE
  }

  /**
   * Reads and drops the rest that the sender had under way.
   * @returns false if it is more than that, the connection broke, or a reader has been left waiting
   */
  async discard(maxBytes: number): Promise<boolean> {
    if (this.#end === 'read') return true
    if (this.#end === 'broken' || this.#isReading) return false
    this.#end = undefined
    try {
      for (let bytes = 0; bytes <= maxBytes;) {
        const { done, value } = await this.next()
        if (done) return true
        bytes += value.length
      }
    } catch {
      // broken, or an ERROR in place of the rest: the answer has been given, so nobody asks why
    }
    return false
  }

  async #advance(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#leftBytes === 0) {
      await this.#wait(1)
      const header = await this.#frames.header(this.#patienceMs)
      if (!header) throw this.#frames.interrupted()
      if (header.type === FRAME.end) return this.#stop('read')
      if (header.type === FRAME.error) {
        const error = decodeError(await this.#frames.payload(header.length))
        this.#stop('read')
        throw error
      }
      if (header.type !== FRAME.chunk || header.length === 0)
        throw new LunarError('BAD_MESSAGE', 'a frame that is no part of a body', { detail: { type: header.type } })
      this.#leftBytes = header.length
    }
    await this.#wait(Math.min(this.#leftBytes, SLAB_BYTES))
    const value = this.#frames.piece(this.#leftBytes)
    this.#leftBytes -= value.length
    return { done: false, value }
  }

  /** Until so much of the body lies together. Only time spent waiting counts: a slow reader is no fault of the sender. */
  async #wait(bytes: number): Promise<void> {
    while (!this.#frames.isRipe(bytes)) {
      const [fromMs, fromBytes] = [this.#clock.elapsed(), this.#frames.receivedBytes]
      const isRipe = await this.#frames.ripen(bytes, this.#patienceMs)
      this.#progressBytes += this.#frames.receivedBytes - fromBytes
      this.#patienceMs -= this.#clock.elapsed() - fromMs
      if (this.#progressBytes >= NET_LIMITS.bodyProgressBytes) {
        this.#progressBytes = 0
        this.#patienceMs = NET_LIMITS.bodyIdleMs
      } else if (!isRipe) throw new LunarError('INTERRUPTED', 'the body came too slowly', { detail: { limitMs: NET_LIMITS.bodyIdleMs } })
    }
  }

  #stop(end: BodyEnd): typeof DONE {
    if (this.#end === undefined) {
      this.#end = end
      this.#onEnd(end)
    }
    return DONE
  }
}

/** No bytes at all. */
export const emptyBody: Body = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(DONE), return: () => Promise.resolve(DONE) }),
}

/**
 * Sends a body and its END. Chunks longer than a frame are cut.
 * @param isEnough asked before each chunk; true ends the body early
 * @throws what the body throws; {LunarError} INTERRUPTED
 */
export async function sendBody(frames: FrameSocket, body: Body, isEnough: () => boolean = () => false): Promise<void> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length && !isEnough(); at += LIMITS.dataFrameBytes)
      await frames.send(chunk.subarray(at, at + LIMITS.dataFrameBytes))
    if (isEnough()) break
  }
  await frames.write(FRAME.end)
}

/** Lets go of a body that will not be sent. */
export async function dropBody(body: Body): Promise<void> {
  await body[Symbol.asyncIterator]().return?.()
}
