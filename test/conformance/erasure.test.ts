import { loadPortableEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import { erasureConformance } from './erasure.ts'

erasureConformance(test, 'portable WASM', loadPortableEngine)
