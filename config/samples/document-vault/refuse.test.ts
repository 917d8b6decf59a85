import { LunarError } from '@lunarx/client'
import test from 'ava'
import { statusOf } from './refuse.ts'

const CASES: readonly (readonly [LunarError['code'], number])[] = [
  ['BAD_NAME', 400],
  ['NAME_NOT_FOUND', 404],
  ['OBJECT_TOO_LARGE', 413],
  ['SUPERSEDED', 409],
  ['NO_ROOM', 507],
  // again later
  ['TOO_FEW_SHARDS', 503],
  ['NOT_ENOUGH_REPLICAS', 503],
  ['PEER_UNREACHABLE', 503],
  // told to stop
  ['ABORTED', 503],
  // not by trying again
  ['WRONG_KEY', 500],
  ['LEASE_OVER', 500],
]

test('codes of the SDK say by their status whether to correct the request, to come again, or to call for help', (t) => {
  for (const [code, status] of CASES) t.is(statusOf(new LunarError(code, '')), status, code)
})
