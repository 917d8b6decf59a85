/**
 * Bytes that have arrived and are not yet read, in runs that lie together in memory. Tells its socket to stop when full.
 *
 * Bytes come in one of two ways: the socket writes them straight into memory of ours ({@link landing}), or hands over buffers of its
 * own ({@link arrived}), of which large ones are gathered. For heads that memory is small; while a body is read it is slabs, and the
 * reader gets views of up to 128 KiB, each good until it asks for more. One reader at a time.
 *
 * Holds at most 256 KiB and what is in one read of the socket beyond, in three slabs; one slab, or 16 KiB, while idle.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime'
import { NET_LIMITS } from '../limits.ts'
import type { Landing } from '../tls/land.ts'
import { giveSlab, plainBytes, SLAB_BYTES, takeSlab, unclearedMemory } from './slabs.ts'

/** Pieces below this may stay as they are, so many of them: copying them together pays only for bodies. */
const GATHER_BYTES = 4096
const MAX_SMALL_RUNS = 8
/** Memory for heads. */
const HEAD_MEMORY_BYTES = 16 * 1024
/** What is left of some memory and less than this is not filled any more. */
const MIN_ROOM_BYTES = 4096

interface Run {
  readonly memory: Uint8Array
  /** May be filled on. */
  readonly isOurs: boolean
  /** Read up to here. */
  from: number
  /** Filled up to here. */
  to: number
}

export class Intake {
  readonly #clock: Clock
  /** Oldest first; the last is filled. */
  #runs: Run[] = []
  /** Where the socket writes next. */
  #offered: Run | undefined
  /** Of the view that the reader has in hand. */
  #lent: Run | undefined
  #spare: Uint8Array | undefined
  #bytes = 0
  #receivedBytes = 0
  /** A body is being read, or a long head: slabs pay. */
  #isGathering = false
  #isOver = false
  #cause: unknown
  #failure: { readonly reason: unknown } | undefined
  #wake: (() => void) | undefined
  /** Set while the socket has been told to stop. */
  #isStopped = false
  /** Lets the socket go on. */
  onRoom: () => void = () => undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Not yet read. */
  get bytes(): number {
    return this.#bytes
  }

  /** Since the beginning. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  readonly landing: Landing = {
    buffer: () => this.#offer(),
    callback: (bytes) => {
      this.#landed(bytes)
      return this.#goesOn()
    },
  }

  /** A piece in memory of the socket's, ours from now on. @returns false: no more for now */
  arrived(piece: Uint8Array): boolean {
    if (piece.length < GATHER_BYTES && this.#runs.length < MAX_SMALL_RUNS && !hasRoom(this.#runs.at(-1))) {
      this.#runs.push({ memory: plainBytes(piece), isOurs: false, from: 0, to: piece.length })
      this.#count(piece.length)
      return this.#goesOn()
    }
    for (let at = 0; at < piece.length;) {
      const room = this.#offer()
      const part = piece.subarray(at, at + room.length)
      room.set(part)
      this.#landed(part.length)
      at += part.length
    }
    this.#offered = undefined
    return this.#goesOn()
  }

  /** Something went wrong with the connection: why it will end soon. */
  blame(cause: unknown): void {
    this.#cause ??= cause
  }

  /** Nothing more will come. */
  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** Readers get this error from now on, whatever has arrived. */
  fail(reason: unknown): void {
    this.#failure ??= { reason }
    this.end()
  }

  interrupted(): unknown {
    if (this.#failure) return this.#failure.reason
    return new LunarError('INTERRUPTED', 'the connection ended', this.#cause === undefined ? {} : { cause: this.#cause })
  }

  /** True if there is nothing to wait for: so many bytes lie together, or as many as ever will, or no more will come. */
  isRipe(bytes: number): boolean {
    if (this.#isOver) return true
    const at = this.#runs.findIndex(({ from, to }) => from < to)
    const first = this.#runs[at]
    return first !== undefined && (first.to - first.from >= bytes || at < this.#runs.length - 1 || (first.isOurs && !hasRoom(first)))
  }

  /**
   * Waits until {@link isRipe}.
   * @param limitMs Infinity: for ever
   * @returns false if it was not within the time
   */
  ripen(bytes: number, limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isRipe: boolean): void => {
        this.#wake = undefined
        cancel()
        resolve(isRipe)
      }
      const cancel = limitMs === Number.POSITIVE_INFINITY ? () => undefined : this.#clock.after(Math.max(0, limitMs), () => settle(false))
      this.#wake = () => this.isRipe(bytes) && settle(true)
    })
  }

  /** @throws what {@link fail} said */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.reason
  }

  /**
   * What lies together at the front, at most `maxBytes`: a view, good until the next call.
   * @returns undefined if there is nothing
   * @throws what {@link fail} said
   */
  take(maxBytes: number): Uint8Array | undefined {
    this.throwIfFailed()
    this.#recover()
    const first = this.#runs[0]
    if (!first || this.#bytes === 0) return undefined
    const until = Math.min(first.to, first.from + maxBytes)
    const view = first.memory.subarray(first.from, until)
    first.from = until
    this.#lent = first
    this.#bytes -= view.length
    if (this.#isStopped && this.#bytes < NET_LIMITS.readBufferBytes) {
      this.#isStopped = false
      this.onRoom()
    }
    return view
  }

  /** Exactly so many bytes, in memory of their own. @throws {LunarError} INTERRUPTED at the end, TIMEOUT after `limitMs` in all */
  async exactly(length: number, limitMs: number): Promise<Uint8Array> {
    if (length > HEAD_MEMORY_BYTES) this.gather()
    const out = new Uint8Array(length)
    const until = this.#clock.elapsed() + limitMs
    for (let at = 0; at < length;) {
      const piece = this.take(length - at)
      if (piece) {
        out.set(piece, at)
        at += piece.length
      } else if (this.#isOver) throw this.interrupted()
      else if (!(await this.ripen(1, until - this.#clock.elapsed())))
        throw new LunarError('TIMEOUT', 'nothing arrived within the time limit', { detail: { limitMs } })
    }
    return out
  }

  /** A body follows. */
  gather(): void {
    this.#isGathering = true
  }

  /** Between two exchanges: keeps no memory that nobody needs. */
  rest(): void {
    this.#recover()
    this.#isGathering = false
    if (this.#spare) giveSlab(this.#spare)
    this.#spare = undefined
    const [last] = this.#runs
    if (this.#bytes > 0 || !last || last === this.#offered) return
    this.#runs = []
    if (isSlab(last.memory)) giveSlab(last.memory)
  }

  /** The reader has let go of what it was given: memory that was read to its end is free. */
  #recover(): void {
    this.#lent = undefined
    for (let first = this.#runs[0]; first && first.from === first.to && (this.#runs.length > 1 || !first.isOurs); first = this.#runs[0]) {
      this.#runs.shift()
      if (!first.isOurs || !isSlab(first.memory)) continue
      if (this.#spare) giveSlab(first.memory)
      else this.#spare = first.memory
    }
  }

  /** Room for what comes next, behind what is there. */
  #offer(): Uint8Array {
    let run = this.#runs.at(-1)
    const isFree = run !== undefined && run.isOurs && run.from === run.to && run !== this.#lent
    if (run && isFree) run.from = run.to = 0
    const isTooSmall = this.#isGathering && isFree && !isSlab(run?.memory)
    if (!run || !hasRoom(run) || isTooSmall) run = { memory: this.#memory(), isOurs: true, from: 0, to: 0 }
    this.#offered = run
    return run.memory.subarray(run.to)
  }

  #memory(): Uint8Array {
    if (!this.#isGathering) return unclearedMemory(HEAD_MEMORY_BYTES)
    const memory = this.#spare ?? takeSlab()
    this.#spare = undefined
    return memory
  }

  #landed(bytes: number): void {
    const run = this.#offered
    if (!run) throw new Error('bytes landed where no memory was offered')
    run.to += bytes
    if (this.#runs.at(-1) !== run) this.#runs.push(run)
    this.#count(bytes)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#receivedBytes += bytes
    this.#wake?.()
  }

  #goesOn(): boolean {
    this.#isStopped = this.#bytes >= NET_LIMITS.readBufferBytes
    return !this.#isStopped
  }
}

const hasRoom = (run: Run | undefined): boolean => run !== undefined && run.isOurs && run.memory.length - run.to >= MIN_ROOM_BYTES
const isSlab = (memory: Uint8Array | undefined): boolean => memory?.length === SLAB_BYTES
