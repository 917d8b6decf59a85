/**
 * A fixed piece of WebAssembly memory with an instance of the kernel (kernel/kernel.c) over it. It never grows, so views of it never
 * detach. Knows nothing of codes: it computes linear combinations.
 *
 * @module
 */

/** The little of it that is used here: TypeScript declares it with the whole of the DOM only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean
}

interface Exports {
  readonly __heap_base: { readonly value: number }
  /** Addresses of the three lists of a job. */
  inputs(): number
  outputs(): number
  coefficients(): number
  /** Once, before anything else. */
  prepare(): void
  /** Computes `outputs` ranges of `bytes` bytes from `inputs` ranges, as the lists of the job say. */
  combine(outputs: number, inputs: number, bytes: number): void
  /** The same where the coefficients are those of the parity of all data shards: some codes have a shorter way. */
  encode(outputs: number, inputs: number, bytes: number): void
}

export type Work = 'combine' | 'encode'

const PAGE_BYTES = 65_536
const LINE_BYTES = 64

/** A compiled kernel. Undefined where this machine's WebAssembly does not take it. */
export function compileKernel(base64: string): object | undefined {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined
}

/**
 * Distance of ranges that lie side by side: whole cache lines, and an odd number of them. The same place in all ranges then falls into
 * different sets of the caches; at a distance of 64 KiB it would fall into one.
 */
const strideOf = (sizeBytes: number): number => (Math.ceil(sizeBytes / LINE_BYTES) | 1) * LINE_BYTES

export class Arena {
  /** Bytes for ranges, beside what the kernel needs for itself. */
  readonly capacityBytes: number
  readonly buffer: ArrayBuffer
  readonly #exports: Exports
  readonly #base: number
  readonly #inputs: Uint32Array
  readonly #outputs: Uint32Array
  readonly #coefficients: Uint8Array

  /** What `count` ranges of `sizeBytes` take. */
  static bytesFor(count: number, sizeBytes: number): number {
    return count * strideOf(sizeBytes)
  }

  constructor(kernel: object, capacityBytes: number) {
    const pages = Math.ceil((KERNEL_BYTES + capacityBytes) / PAGE_BYTES)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.buffer = memory.buffer
    this.#exports = new WebAssembly.Instance(kernel, { env: { memory } }).exports as Exports
    this.#exports.prepare()
    this.#base = Math.ceil(this.#exports.__heap_base.value / LINE_BYTES) * LINE_BYTES
    this.capacityBytes = this.buffer.byteLength - this.#base
    if (this.capacityBytes < capacityBytes) throw new Error('the kernel needs more memory than KERNEL_BYTES')
    this.#inputs = new Uint32Array(this.buffer, this.#exports.inputs(), 255)
    this.#outputs = new Uint32Array(this.buffer, this.#exports.outputs(), 255)
    this.#coefficients = new Uint8Array(this.buffer, this.#exports.coefficients(), 127 * 128)
  }

  ranges(count: number, sizeBytes: number): Uint8Array[] {
    return Array.from({ length: count }, (_, i) => new Uint8Array(this.buffer, this.#base + i * strideOf(sizeBytes), sizeBytes))
  }

  zero(): void {
    new Uint8Array(this.buffer, this.#base).fill(0)
  }

  /**
   * outputs[j] = Σ coefficients[j][i] · inputs[i].
   * @param work `encode` only for the whole parity of a code, from its data shards
   * @param coefficients row by row of `outputs`; at most 127 · 128
   * @param inputs views of this arena, all as long as the outputs, at most 255; so the outputs, which overlap nothing
   */
  compute(work: Work, coefficients: Uint8Array, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
    for (const [i, input] of inputs.entries()) this.#inputs[i] = input.byteOffset
    for (const [i, output] of outputs.entries()) this.#outputs[i] = output.byteOffset
    this.#coefficients.set(coefficients)
    this.#exports[work](outputs.length, inputs.length, outputs[0]?.length ?? 0)
  }
}

/** Code, tables and stack of the kernel: pages that a job does not touch cost address space only. */
const KERNEL_BYTES = 10 * PAGE_BYTES
