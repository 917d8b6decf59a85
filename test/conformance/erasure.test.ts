import { kernelEngine, loadErasureEngine, loadPortableEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import { erasureConformance } from './erasure.ts'

const present = <T>(engine: T | undefined): T => {
  if (engine === undefined) throw new Error('the WebAssembly of this Node takes no such kernel')
  return engine
}

erasureConformance(test, 'kernel, relaxed SIMD', () => Promise.resolve(present(kernelEngine('relaxed'))))
erasureConformance(test, 'kernel, SIMD128', () => Promise.resolve(present(kernelEngine('simd128'))))
erasureConformance(test, 'portable WASM', loadPortableEngine)

test('the engine in use is the fastest', async (t) => {
  t.is((await loadErasureEngine()).name, 'kernel-relaxed')
})
