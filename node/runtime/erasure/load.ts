/**
 * Which erasure engine a process uses: the fastest that its WebAssembly takes. All pass one suite (test/conformance/erasure.ts), so it
 * makes no difference but speed.
 *
 * @module
 */
import type { ErasureEngine } from '@lunarx/core/erasure'
import { kernelEngine } from './kernel.ts'
import { loadPortableEngine } from './portable.ts'

/** Compiles the engine, once for the process's life; asynchronous because engines for browsers must be. */
export async function loadErasureEngine(): Promise<ErasureEngine> {
  return kernelEngine('relaxed') ?? kernelEngine('simd128') ?? (await loadPortableEngine())
}
