import test from 'ava'
import { testPromise } from './promise.ts'

testPromise(test, 1)
