/**
 * Frames over a duplex socket (TLS): reads heads whole and bodies piece by piece, writes with backpressure, ends by destroying.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime'
import { decodeHeader, encodeHeader, FRAME, type FrameHeader, type FrameType, HEADER_BYTES } from '../frame/frame.ts'
import { NET_LIMITS } from '../limits.ts'
import { Intake } from './intake.ts'

export interface Frame {
  readonly type: FrameType
  readonly payload: Uint8Array
}

/** Below this, a chunk is copied behind its header and written with it; above, a second write costs less than the copy. */
const JOINED_BYTES = 128 * 1024

export class FrameSocket {
  readonly #socket: Duplex
  readonly #clock: Clock
  readonly #intake: Intake
  /** Resolves when the last head that was written is out. */
  #queued: Promise<void> = Promise.resolve()

  /** @param intake if the socket was made to land its bytes there */
  constructor(socket: Duplex, clock: Clock, intake?: Intake) {
    this.#socket = socket
    this.#clock = clock
    this.#intake = intake ?? new Intake(clock)
    this.#intake.onRoom = () => socket.resume()
    if (!intake)
      socket.on('data', (piece: Uint8Array) => {
        if (!this.#intake.arrived(piece)) socket.pause()
      })
    socket.on('error', (error) => this.#intake.blame(error))
    socket.on('end', () => this.#intake.end())
    socket.on('close', () => this.#intake.end())
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  /** Bytes that nobody has asked for yet. */
  get hasUnread(): boolean {
    return this.#intake.bytes > 0
  }

  /** Calls back when the connection has ended, at once if it has; the returned function takes that back. */
  onClose(callback: () => void): () => void {
    if (this.#socket.destroyed) callback()
    else this.#socket.once('close', callback)
    return () => this.#socket.off('close', callback)
  }

  /** Since the beginning. */
  get receivedBytes(): number {
    return this.#intake.receivedBytes
  }

  /**
   * The next header.
   * @param waitMs for its first byte, Infinity for no limit; the rest has to follow quickly
   * @returns undefined if the connection ended before it
   * @throws {LunarError} BAD_MESSAGE, TIMEOUT, INTERRUPTED in the middle
   */
  async header(waitMs: number): Promise<FrameHeader | undefined> {
    if (!this.isRipe(1) && !(await this.ripen(1, waitMs)))
      throw new LunarError('TIMEOUT', 'nothing arrived within the time limit', { detail: { limitMs: waitMs } })
    this.#intake.throwIfFailed()
    return this.#intake.bytes === 0 ? undefined : decodeHeader(await this.#intake.exactly(HEADER_BYTES, NET_LIMITS.headMs))
  }

  /** The whole payload of a head. @throws {LunarError} TIMEOUT, INTERRUPTED */
  payload(length: number): Promise<Uint8Array> {
    return this.#intake.exactly(length, NET_LIMITS.headMs)
  }

  /** A header and its payload: for heads, not for chunks. Undefined if the connection ended before it. */
  async frame(waitMs: number): Promise<Frame | undefined> {
    const header = await this.header(waitMs)
    return header && { type: header.type, payload: await this.payload(header.length) }
  }

  /** A body follows: what arrives is gathered in larger memory until {@link rest}. */
  gather(): void {
    this.#intake.gather()
  }

  /** True if so many bytes of a body can be had as one piece, or there is nothing to wait for. */
  isRipe(bytes: number): boolean {
    return this.#intake.isRipe(bytes)
  }

  /** Waits for that, so long at most. @returns false if it was too long */
  ripen(bytes: number, waitMs: number): Promise<boolean> {
    return this.#intake.ripen(bytes, waitMs)
  }

  /** Some bytes of a chunk: a view, good until the next call that reads. @throws {LunarError} INTERRUPTED if there are none */
  piece(maxBytes: number): Uint8Array {
    const piece = this.#intake.take(maxBytes)
    if (!piece) throw this.#intake.interrupted()
    return piece
  }

  /** Between two exchanges: keeps no memory that nobody needs. */
  rest(): void {
    this.#intake.rest()
  }

  /** Why the connection ended: INTERRUPTED, unless it was destroyed for a reason. */
  interrupted(): unknown {
    return this.#intake.interrupted()
  }

  /**
   * Queues a head or an END; resolves when there is room for another. The payload belongs to the socket from now on.
   * @throws {LunarError} INTERRUPTED (also when the other side reads nothing for too long), BAD_MESSAGE when too long
   */
  async write(type: FrameType, payload?: Uint8Array): Promise<void> {
    const header = encodeHeader(type, payload?.length ?? 0)
    if (!this.isOpen) throw this.interrupted()
    this.#socket.cork()
    this.#queued = new Promise((resolve) => {
      const isAlone = payload === undefined || payload.length === 0
      this.#socket.write(header, isAlone ? () => resolve() : undefined)
      if (!isAlone) this.#socket.write(payload, () => resolve())
    })
    this.#socket.uncork()
    if (this.#socket.writableLength > NET_LIMITS.writeBufferBytes) await this.#flushed((done) => this.#socket.once('drain', done))
  }

  /**
   * Sends a CHUNK. Its memory is the caller's again when this resolves: the socket holds one chunk at a time.
   * @throws {LunarError} INTERRUPTED (also when the other side reads nothing for too long), BAD_MESSAGE when longer than a frame
   */
  async send(chunk: Uint8Array): Promise<void> {
    const header = encodeHeader(FRAME.chunk, chunk.length)
    // what is queued behind a head would be joined with it, by a copy
    if (this.#socket.writableLength > 0) await this.#flushed((resume) => void this.#queued.then(() => resume()))
    if (!this.isOpen) throw this.interrupted()
    await this.#flushed((done) => {
      const isJoined = chunk.length < JOINED_BYTES
      if (isJoined) this.#socket.cork()
      this.#socket.write(header)
      this.#socket.write(chunk, done)
      if (isJoined) this.#socket.uncork()
    })
  }

  /** Cuts the connection now; what is not yet sent is lost. Readers and writers get `reason`, or INTERRUPTED. */
  destroy(reason?: unknown): void {
    if (reason !== undefined) this.#intake.fail(reason)
    this.#socket.destroy()
  }

  /** Sends what is queued, then ends the connection, within a short time. */
  async end(): Promise<void> {
    if (this.#socket.destroyed) return
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        cancel()
        resolve()
      }
      const cancel = this.#clock.after(NET_LIMITS.handshakeMs, finish)
      this.#socket.once('close', finish)
      this.#socket.end()
    })
    this.#socket.destroy()
  }

  /** Starts something and waits until it calls back. @throws {LunarError} INTERRUPTED: the connection ended, or nothing was taken for too long */
  #flushed(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        cancel()
        this.#socket.off('close', onClose)
        finish()
      }
      const onClose = (): void => settle(() => reject(this.interrupted()))
      const cancel = this.#clock.after(NET_LIMITS.writeStallMs, () => {
        settle(() => reject(this.interrupted()))
        this.destroy()
      })
      this.#socket.once('close', onClose)
      start((error) => settle(() => (error ? reject(this.interrupted()) : resolve())))
    })
  }
}
