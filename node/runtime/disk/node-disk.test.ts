import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import { refuse } from './node-error.ts'

test('a full volume is FULL, everything else STORE_FAILED with the cause', (t) => {
  for (const [system, code] of [
    ['ENOSPC', 'FULL'],
    ['EDQUOT', 'FULL'],
    ['EIO', 'STORE_FAILED'],
    ['EROFS', 'STORE_FAILED'],
  ] as const) {
    const cause = Object.assign(new Error('write'), { code: system })
    const error = t.throws(() => refuse(cause, 'write', 'a'), { instanceOf: LunarError, code })
    t.is(error.cause, cause)
    t.deepEqual(error.detail, { operation: 'write', path: 'a', system })
  }
})
