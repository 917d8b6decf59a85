/**
 * Which erasure engine a process uses.
 *
 * @module
 */
import type { ErasureEngine } from '@lunarx/core/erasure'
import { loadPortableEngine } from './portable.ts'

/** Compiles the engine, once for the process's life; asynchronous because engines for browsers must be. */
export async function loadErasureEngine(): Promise<ErasureEngine> {
  return await loadPortableEngine()
}
