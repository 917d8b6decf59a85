/**
 * The portable erasure engine: runs wherever there is WebAssembly, and is the oracle for faster ones, which take the same place and
 * pass the same suite (test/conformance/erasure.ts).
 *
 * Works in slices of 64 KiB per shard: its memory stays flat however long the shards are. Synchronous once loaded.
 *
 * @module
 */
import {
  assertBuffers,
  assertCode,
  commonLength,
  correctShards,
  foundShards,
  targets,
  type Corrected,
  type ErasureCode,
  type ErasureEngine,
} from '@lunarx/core/erasure'
import { itemAt, LIMITS } from '@lunarx/core/model'
import { RustModule, type Slices } from './rust-module.ts'

type Sparse = readonly (Uint8Array | undefined)[]

/** Compiles the module, once for the process's life; asynchronous because engines for browsers must be. */
export async function loadPortableEngine(): Promise<ErasureEngine> {
  const module = new RustModule()
  return {
    name: 'portable-wasm',
    code: (required, parity) => new PortableCode(module, required, parity),
    buffers: (count, sizeBytes) => {
      assertBuffers(count, sizeBytes)
      return { shards: Array.from({ length: count }, () => new Uint8Array(sizeBytes)), [Symbol.dispose]: () => undefined }
    },
  }
}

class PortableCode implements ErasureCode {
  readonly required: number
  readonly total: number
  readonly #module: RustModule

  constructor(module: RustModule, required: number, parity: number) {
    assertCode(required, parity)
    this.required = required
    this.total = required + parity
    this.#module = module
  }

  encode(data: readonly Uint8Array[]): Uint8Array[] {
    if (data.length !== this.required) throw new RangeError(`expected ${this.required} data shards, got ${data.length}`)
    const length = commonLength(data, this.required)
    const parity = Array.from({ length: this.total - this.required }, () => new Uint8Array(length))
    this.encodeInto([...data, ...parity])
    return parity
  }

  encodeInto(shards: readonly Uint8Array[]): void {
    if (shards.length !== this.total) throw new RangeError(`expected ${this.total} shards, got ${shards.length}`)
    commonLength(shards, this.total)
    const parity = Array.from({ length: this.total - this.required }, (_, i) => this.required + i)
    this.#complete(shards.slice(0, this.required), parity, shards.slice(this.required), (slices) => slices.encode())
  }

  reconstruct(shards: Sparse, wanted: readonly number[], into?: readonly Uint8Array[]): Uint8Array[] {
    const length = commonLength(shards, this.total)
    foundShards(shards, this.required)
    const result = targets(shards, wanted, this.total, length, into)
    const present = Array.from({ length: this.total }, (_, index) => shards[index] !== undefined)
    const missing = wanted.flatMap((index, i) => (present[index] ? [] : [{ index, target: itemAt(result, i) }]))
    if (missing.length === 0) return result
    const decodes = present.slice(0, this.required).includes(false)
    const encodes = missing.some(({ index }) => index >= this.required)
    this.#complete(
      shards,
      missing.map(({ index }) => index),
      missing.map(({ target }) => target),
      (slices) => {
        if (decodes) slices.decode(present)
        if (encodes) slices.encode()
      },
    )
    return result
  }

  correct(shards: Sparse): Corrected {
    return correctShards(this, shards)
  }

  /** Copies `shards` slice by slice to the module, lets `work` complete them, and copies those at `wanted` to `into`. */
  #complete(shards: Sparse, wanted: readonly number[], into: readonly Uint8Array[], work: (slices: Slices) => void): void {
    const shardBytes = itemAt(into, 0).length
    for (let from = 0; from < shardBytes; from += LIMITS.shareBytes) {
      const sliceBytes = Math.min(LIMITS.shareBytes, shardBytes - from)
      this.#module.withSlices(this.required, this.total - this.required, sliceBytes, (slices) => {
        const bytes = slices.bytes()
        for (let index = 0; index < this.total; index++) {
          const shard = shards[index]
          if (shard !== undefined) bytes.set(shard.subarray(from, from + sliceBytes), index * sliceBytes)
        }
        work(slices)
        const done = slices.bytes()
        for (const [i, target] of into.entries()) {
          const index = itemAt(wanted, i)
          target.set(done.subarray(index * sliceBytes, (index + 1) * sliceBytes), from)
        }
      })
    }
  }
}
