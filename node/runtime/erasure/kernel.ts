/**
 * The erasure engine for use: our own kernel (kernel/kernel.c), built with relaxed SIMD and with SIMD128. Figures and limits:
 * docs/ERASURE.md. Synchronous once loaded; one thread.
 *
 * @module
 */
import {
  assertCode,
  coefficients,
  commonLength,
  correctShards,
  foundShards,
  targets,
  type Corrected,
  type ErasureCode,
  type ErasureEngine,
} from '@lunarx/core/erasure'
import { itemAt } from '@lunarx/core/model'
import { compileKernel } from './arena.ts'
import { Arenas } from './arenas.ts'
import { RELAXED } from './kernel/relaxed.ts'
import { SIMD128 } from './kernel/simd128.ts'

type Sparse = readonly (Uint8Array | undefined)[]

const BUILDS = { relaxed: RELAXED, simd128: SIMD128 } as const

/** The engine with one build of the kernel. Undefined where this machine's WebAssembly does not take it. */
export function kernelEngine(build: keyof typeof BUILDS): ErasureEngine | undefined {
  const kernel = compileKernel(BUILDS[build])
  if (kernel === undefined) return undefined
  const arenas = new Arenas(kernel)
  return {
    name: `kernel-${build}`,
    code: (required, parity) => new KernelCode(arenas, required, parity),
    buffers: (count, sizeBytes) => arenas.buffers(count, sizeBytes),
  }
}

class KernelCode implements ErasureCode {
  readonly required: number
  readonly total: number
  readonly #arenas: Arenas
  readonly #parity: Uint8Array

  constructor(arenas: Arenas, required: number, parity: number) {
    assertCode(required, parity)
    this.required = required
    this.total = required + parity
    this.#arenas = arenas
    const indices = Array.from({ length: this.total }, (_, index) => index)
    this.#parity = coefficients(indices.slice(0, required), indices.slice(required))
  }

  encode(data: readonly Uint8Array[]): Uint8Array[] {
    if (data.length !== this.required) throw new RangeError(`expected ${this.required} data shards, got ${data.length}`)
    const length = commonLength(data, this.required)
    const parity = Array.from({ length: this.total - this.required }, () => new Uint8Array(length))
    this.#arenas.compute('encode', this.#parity, data, parity)
    return parity
  }

  encodeInto(shards: readonly Uint8Array[]): void {
    if (shards.length !== this.total) throw new RangeError(`expected ${this.total} shards, got ${shards.length}`)
    commonLength(shards, this.total)
    this.#arenas.compute('encode', this.#parity, shards.slice(0, this.required), shards.slice(this.required))
  }

  reconstruct(shards: Sparse, wanted: readonly number[], into?: readonly Uint8Array[]): Uint8Array[] {
    const length = commonLength(shards, this.total)
    const basis = foundShards(shards, this.required).slice(0, this.required)
    const result = targets(shards, wanted, this.total, length, into)
    const missing = wanted.flatMap((index, i) => (shards[index] === undefined ? [{ index, target: itemAt(result, i) }] : []))
    if (missing.length === 0) return result
    const rows = coefficients(
      basis,
      missing.map(({ index }) => index),
    )
    this.#arenas.compute(
      'combine',
      rows,
      basis.map((index) => itemAt(shards as readonly Uint8Array[], index)),
      missing.map(({ target }) => target),
    )
    return result
  }

  correct(shards: Sparse): Corrected {
    return correctShards(this, shards)
  }
}
