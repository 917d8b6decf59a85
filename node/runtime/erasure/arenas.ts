/**
 * The arenas of one engine: those that buffers live in, those that wait to be used again, and one for the scratch slices of shards that
 * live elsewhere.
 *
 * Why arenas are kept: new memory costs a page fault for each 4 KiB, as much as encoding does. Why only some: what was big once must not
 * stay for ever. Others are left to the garbage collector.
 *
 * @module
 */
import { assertBuffers, type ShardBuffers } from '@lunarx/core/erasure'
import { Arena, type Work } from './arena.ts'

const SMALLEST_BYTES = 1024 * 1024
/** Of idle arenas together: two of the sets that a client has in flight. */
const MOST_IDLE_BYTES = 128 * 1024 * 1024
/** Of each shard at a time, where shards have to be copied: 14 of them stay in a second-level cache. */
const SCRATCH_BYTES = 16 * 1024

export class Arenas {
  readonly #kernel: object
  /** Of buffers in use and idle ones. */
  readonly #byMemory = new WeakMap<ArrayBufferLike, Arena>()
  readonly #idle: Arena[] = []
  #scratch: Arena | undefined

  constructor(kernel: object) {
    this.#kernel = kernel
  }

  /** See `ErasureEngine.buffers`. */
  buffers(count: number, sizeBytes: number): ShardBuffers {
    assertBuffers(count, sizeBytes)
    const arena = this.#take(Arena.bytesFor(count, sizeBytes))
    let isHeld = true
    return {
      shards: arena.ranges(count, sizeBytes),
      [Symbol.dispose]: () => {
        if (isHeld) this.#give(arena)
        isHeld = false
      },
    }
  }

  /** See {@link Arena.compute}; the ranges may be anywhere. */
  compute(work: Work, coefficients: Uint8Array, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
    const memory = outputs[0]?.buffer
    const arena = memory && this.#byMemory.get(memory)
    const isHome = (range: Uint8Array): boolean => range.buffer === memory
    if (arena && inputs.every(isHome) && outputs.every(isHome)) arena.compute(work, coefficients, inputs, outputs)
    else this.#computeCopies(work, coefficients, inputs, outputs)
  }

  #computeCopies(work: Work, coefficients: Uint8Array, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
    this.#scratch ??= new Arena(this.#kernel, Arena.bytesFor(255, SCRATCH_BYTES))
    const length = outputs[0]?.length ?? 0
    for (let from = 0; from < length; from += SCRATCH_BYTES) {
      const until = Math.min(from + SCRATCH_BYTES, length)
      const slices = this.#scratch.ranges(inputs.length + outputs.length, until - from)
      for (const [i, input] of inputs.entries()) slices[i]?.set(input.subarray(from, until))
      const made = slices.slice(inputs.length)
      this.#scratch.compute(work, coefficients, slices.slice(0, inputs.length), made)
      for (const [i, slice] of made.entries()) outputs[i]?.set(slice, from)
    }
  }

  /** An idle arena that is large enough and not wasted on so little, or a new one. */
  #take(bytes: number): Arena {
    const fits = (arena: Arena): boolean => arena.capacityBytes >= bytes && arena.capacityBytes <= Math.max(4 * bytes, 2 * SMALLEST_BYTES)
    const best = this.#idle.filter(fits).toSorted((a, b) => a.capacityBytes - b.capacityBytes)[0]
    if (best) {
      this.#idle.splice(this.#idle.indexOf(best), 1)
      best.zero()
      return best
    }
    const arena = new Arena(this.#kernel, Math.max(bytes, SMALLEST_BYTES))
    this.#byMemory.set(arena.buffer, arena)
    return arena
  }

  #give(arena: Arena): void {
    this.#idle.push(arena)
    while (this.#idle.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0) > MOST_IDLE_BYTES) this.#idle.shift()
  }
}
