/**
 * The portable erasure engine: @subspace/reed-solomon-erasure.wasm, the Rust crate of that name compiled to WebAssembly.
 *
 * Works in slices of 64 KiB per shard: its memory stays at n slices however long the shards are. Synchronous once loaded.
 * Runs anywhere; faster engines take the same place and pass the same suite (test/conformance/erasure.ts).
 *
 * @module
 */
import type { ErasureCode, ErasureEngine } from '@lunarx/core/erasure'
import { LIMITS, LunarError } from '@lunarx/core/model'
import reedSolomon, { type ReedSolomonErasure } from '@subspace/reed-solomon-erasure.wasm'

type Sparse = readonly (Uint8Array | undefined)[]

/** Loads and compiles the module once; the engine has no state but its buffers. */
export async function loadErasureEngine(): Promise<ErasureEngine> {
  const wasm = await reedSolomon.ReedSolomonErasure.fromCurrentDirectory()
  const codes = new Map<number, ErasureCode>()
  return {
    name: 'portable-wasm',
    code(required, parity) {
      const key = required * 256 + parity
      const code = codes.get(key) ?? new PortableCode(wasm, required, parity)
      codes.set(key, code)
      return code
    },
  }
}

class PortableCode implements ErasureCode {
  readonly required: number
  readonly total: number
  readonly #wasm: ReedSolomonErasure
  /** n slices side by side, as the module wants them. */
  #slices = new Uint8Array(0)

  constructor(wasm: ReedSolomonErasure, required: number, parity: number) {
    if (!Number.isInteger(required) || !Number.isInteger(parity) || required < 1 || parity < 1 || required + parity > 255)
      throw new RangeError(`no code of ${required} + ${parity} shards`)
    this.required = required
    this.total = required + parity
    this.#wasm = wasm
  }

  encode(data: readonly Uint8Array[]): Uint8Array[] {
    if (data.length !== this.required) throw new RangeError(`expected ${this.required} data shards, got ${data.length}`)
    const parity = Array.from({ length: this.total - this.required }, (_, i) => this.required + i)
    return this.#fill(data, parity, (slices) => this.#encode(slices))
  }

  reconstruct(shards: Sparse, wanted: readonly number[]): Uint8Array[] {
    if (wanted.some((index) => !Number.isInteger(index) || index < 0 || index >= this.total))
      throw new RangeError('no such shard in the code')
    const present = Array.from({ length: this.total }, (_, index) => shards[index] !== undefined)
    const found = present.filter(Boolean).length
    if (found < this.required)
      throw new LunarError('TOO_FEW_SHARDS', 'fewer shards than the code requires', { detail: { required: this.required, found } })
    const missing = wanted.filter((index) => !present[index])
    const decodes = present.slice(0, this.required).includes(false)
    const encodes = missing.some((index) => index >= this.required)
    const rebuilt = this.#fill(shards, missing, (slices) => {
      if (decodes) this.#decode(slices, present)
      if (encodes) this.#encode(slices)
    })
    return wanted.map((index) => shards[index] ?? rebuilt[missing.indexOf(index)]!)
  }

  /** Copies `shards` slice by slice into one buffer, lets `work` complete it, and copies the shards at `wanted` out. */
  #fill(shards: Sparse, wanted: readonly number[], work: (slices: Uint8Array) => void): Uint8Array[] {
    const shardBytes = commonLength(shards)
    const filled = wanted.map(() => new Uint8Array(shardBytes))
    for (let from = 0; from < shardBytes && wanted.length > 0; from += LIMITS.shareBytes) {
      const sliceBytes = Math.min(LIMITS.shareBytes, shardBytes - from)
      const slices = this.#buffer(this.total * sliceBytes)
      for (let index = 0; index < this.total; index++) {
        const shard = shards[index]
        if (shard !== undefined) slices.set(shard.subarray(from, from + sliceBytes), index * sliceBytes)
      }
      work(slices)
      for (const [i, index] of wanted.entries()) filled[i]!.set(slices.subarray(index * sliceBytes, (index + 1) * sliceBytes), from)
    }
    return filled
  }

  #buffer(length: number): Uint8Array {
    if (this.#slices.length < length) this.#slices = new Uint8Array(length)
    return this.#slices.subarray(0, length)
  }

  #encode(slices: Uint8Array): void {
    assertOk(this.#wasm.encode(slices, this.required, this.total - this.required))
  }

  #decode(slices: Uint8Array, present: readonly boolean[]): void {
    assertOk(this.#wasm.reconstruct(slices, this.required, this.total - this.required, [...present]))
  }
}

function commonLength(shards: Sparse): number {
  const lengths = new Set(shards.flatMap((shard) => (shard === undefined ? [] : [shard.length])))
  const [length = 0] = lengths
  if (lengths.size !== 1 || length === 0) throw new RangeError('shards of a set have one length, at least 1 byte')
  return length
}

function assertOk(result: number): void {
  if (result !== reedSolomon.ReedSolomonErasure.RESULT_OK) throw new Error(`reed-solomon-erasure.wasm failed with result ${result}`)
}
