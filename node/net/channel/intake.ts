/**
 * Bytes that have arrived and are not yet read: pauses its socket when full, hands out views of what the socket gave, never copies
 * but to join a head that is spread over several of them.
 *
 * One reader at a time.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime'
import { NET_LIMITS } from '../limits.ts'

export class Intake {
  readonly #socket: Duplex
  readonly #clock: Clock
  readonly #pieces: Uint8Array[] = []
  #bytes = 0
  #isOver = false
  #cause: unknown
  #failure: { readonly reason: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(socket: Duplex, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    socket.on('data', (piece: Uint8Array) => this.#arrived(piece))
    socket.on('error', (error) => (this.#cause ??= error))
    socket.on('end', () => this.#over())
    socket.on('close', () => this.#over())
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Bytes that are there, at most `maxBytes`; waits while there are none.
   * @returns undefined at the end of the connection
   * @throws {LunarError} TIMEOUT after `limitMs`; what {@link fail} said
   */
  async some(maxBytes: number, limitMs: number): Promise<Uint8Array | undefined> {
    if (this.#bytes === 0 && !this.#isOver) await this.#more(limitMs)
    if (this.#failure) throw this.#failure.reason
    return this.#take(maxBytes)
  }

  /** Readers get this error from now on, whatever has arrived. */
  fail(reason: unknown): void {
    this.#failure ??= { reason }
    this.#over()
  }

  /** Exactly so many bytes: a view if they arrived together. @throws {LunarError} INTERRUPTED at the end, TIMEOUT after `limitMs` in all */
  async exactly(length: number, limitMs: number): Promise<Uint8Array> {
    const first = this.#pieces[0]
    if (first && first.length >= length && !this.#failure) return this.#take(length) ?? first
    const out = new Uint8Array(length)
    const until = this.#clock.elapsed() + limitMs
    for (let at = 0; at < length;) {
      const piece = await this.some(length - at, until - this.#clock.elapsed())
      if (!piece) throw this.interrupted()
      out.set(piece, at)
      at += piece.length
    }
    return out
  }

  interrupted(): unknown {
    if (this.#failure) return this.#failure.reason
    return new LunarError('INTERRUPTED', 'the connection ended', this.#cause === undefined ? {} : { cause: this.#cause })
  }

  #arrived(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#bytes += piece.length
    if (this.#bytes >= NET_LIMITS.readBufferBytes) this.#socket.pause()
    this.#wake?.()
  }

  #over(): void {
    this.#isOver = true
    this.#wake?.()
  }

  #take(maxBytes: number): Uint8Array | undefined {
    const first = this.#pieces[0]
    if (!first) return undefined
    const taken = first.length > maxBytes ? first.subarray(0, maxBytes) : first
    if (taken === first) this.#pieces.shift()
    else this.#pieces[0] = first.subarray(maxBytes)
    this.#bytes -= taken.length
    if (this.#bytes < NET_LIMITS.readBufferBytes && this.#socket.isPaused()) this.#socket.resume()
    return taken
  }

  #more(limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const wait = (late: () => void): (() => void) =>
        limitMs === Number.POSITIVE_INFINITY ? () => undefined : this.#clock.after(Math.max(0, limitMs), late)
      const cancel = wait(() => {
        this.#wake = undefined
        reject(new LunarError('TIMEOUT', 'nothing arrived within the time limit', { detail: { limitMs } }))
      })
      this.#wake = () => {
        this.#wake = undefined
        cancel()
        resolve()
      }
    })
  }
}
