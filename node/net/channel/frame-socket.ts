/**
 * Frames over a duplex socket (TLS): reads heads whole and bodies piece by piece, writes with backpressure, ends by destroying.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '@lunarx/runtime'
import { decodeHeader, encodeHeader, type FrameHeader, type FrameType, HEADER_BYTES } from '../frame/frame.ts'
import { NET_LIMITS } from '../limits.ts'
import { Intake } from './intake.ts'

export interface Frame {
  readonly type: FrameType
  readonly payload: Uint8Array
}

export class FrameSocket {
  readonly #socket: Duplex
  readonly #clock: Clock
  readonly #intake: Intake

  constructor(socket: Duplex, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    this.#intake = new Intake(socket, clock)
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

  /**
   * The next header.
   * @param waitMs for its first byte, Infinity for no limit; the rest has to follow quickly
   * @returns undefined if the connection ended before it
   * @throws {LunarError} BAD_MESSAGE, TIMEOUT, INTERRUPTED in the middle
   */
  async header(waitMs: number): Promise<FrameHeader | undefined> {
    const first = await this.#intake.some(HEADER_BYTES, waitMs)
    if (!first) return undefined
    if (first.length === HEADER_BYTES) return decodeHeader(first)
    const rest = await this.#intake.exactly(HEADER_BYTES - first.length, NET_LIMITS.headMs)
    return decodeHeader(Buffer.concat([first, rest]))
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

  /** Some bytes of a chunk, a view. @throws {LunarError} TIMEOUT, INTERRUPTED */
  async piece(maxBytes: number, waitMs: number): Promise<Uint8Array> {
    const piece = await this.#intake.some(maxBytes, waitMs)
    if (!piece) throw this.#intake.interrupted()
    return piece
  }

  /** Why the connection ended: INTERRUPTED, unless it was destroyed for a reason. */
  interrupted(): unknown {
    return this.#intake.interrupted()
  }

  /**
   * Queues a frame; resolves when there is room for another. The payload belongs to the socket from now on.
   * @throws {LunarError} INTERRUPTED (also when the other side reads nothing for too long), BAD_MESSAGE when too long
   */
  async write(type: FrameType, payload?: Uint8Array): Promise<void> {
    const header = encodeHeader(type, payload?.length ?? 0)
    if (!this.isOpen) throw this.interrupted()
    this.#socket.cork()
    this.#socket.write(header)
    if (payload && payload.length > 0) this.#socket.write(payload)
    this.#socket.uncork()
    if (this.#socket.writableLength > NET_LIMITS.writeBufferBytes) await this.#drained()
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

  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        cancel()
        this.#socket.off('drain', onDrain).off('close', onClose)
        finish()
      }
      const onDrain = (): void => settle(resolve)
      const onClose = (): void => settle(() => reject(this.interrupted()))
      const cancel = this.#clock.after(NET_LIMITS.writeStallMs, () => {
        settle(() => reject(this.interrupted()))
        this.destroy()
      })
      this.#socket.once('drain', onDrain).once('close', onClose)
    })
  }
}
