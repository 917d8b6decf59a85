/**
 * reed-solomon-erasure compiled to WebAssembly, as the package @subspace/reed-solomon-erasure.wasm 0.2.5 ships it, behind glue of our
 * own.
 *
 * Why not the glue of the package: its `reconstruct` frees the vector of flags that the Rust side has already freed. The heap is then
 * corrupt, and later calls trap or compute wrong shards (seen with shards of a few bytes, and behind them with any).
 * Why instances are replaced: the module's allocator does not get all of its memory back, up to 0.7 MB a call for large codes.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

/** The little of it that is used here: TypeScript declares it with the whole of the DOM only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  __wbindgen_malloc(bytes: number): number
  __wbindgen_free(at: number, bytes: number): void
  /** 0 or an error number. Writes the parity slices in place. */
  encode(at: number, bytes: number, required: number, parity: number): number
  /** 0 or an error number. Writes the missing data slices in place. Takes and frees the flags. */
  reconstruct(at: number, bytes: number, required: number, parity: number, flagsAt: number, flags: number): number
}

/** An instance whose memory has grown beyond this is replaced. The largest slices (255 × 64 KiB) take 16 MiB. */
const RENEW_ABOVE_BYTES = 64 * 1024 * 1024

/** n slices side by side in the module's memory. Valid inside `withSlices` only. */
export interface Slices {
  /** Look again after `encode` and `decode`: the memory may have moved. */
  bytes(): Uint8Array
  /** Computes the parity slices. */
  encode(): void
  /** Computes the data slices that are not present; at least k must be. */
  decode(present: readonly boolean[]): void
}

export class RustModule {
  readonly #module: object
  #exports: Exports | undefined

  constructor() {
    const file = new URL(import.meta.resolve('@subspace/reed-solomon-erasure.wasm/dist/reed_solomon_erasure_bg.wasm'))
    this.#module = new WebAssembly.Module(readFileSync(file))
  }

  withSlices(required: number, parity: number, sliceBytes: number, work: (slices: Slices) => void): void {
    const instance = this.#instance()
    const length = (required + parity) * sliceBytes
    this.#exports = undefined // an instance that trapped is not used again
    const at = instance.__wbindgen_malloc(length)
    work({
      bytes: () => new Uint8Array(instance.memory.buffer, at, length),
      encode: () => assertOk('encode', instance.encode(at, length, required, parity)),
      decode: (present) => {
        const flagsAt = instance.__wbindgen_malloc(present.length)
        new Uint8Array(instance.memory.buffer, flagsAt, present.length).set(present.map(Number))
        assertOk('reconstruct', instance.reconstruct(at, length, required, parity, flagsAt, present.length))
      },
    })
    instance.__wbindgen_free(at, length)
    this.#exports = instance
  }

  #instance(): Exports {
    if (this.#exports !== undefined && this.#exports.memory.buffer.byteLength <= RENEW_ABOVE_BYTES) return this.#exports
    return new WebAssembly.Instance(this.#module).exports as Exports
  }
}

function assertOk(name: string, result: number): void {
  if (result !== 0) throw new Error(`reed-solomon-erasure.wasm: ${name} failed with result ${result}`)
}
