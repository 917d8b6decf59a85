import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import { ApiError } from '../kube/index.ts'
import { refusalOf, unlessRefused } from './refusal.ts'

const api = (status: number, message = 'no') => new ApiError(status, 'Reason', message, 'PATCH /x')
const refusals: [title: string, error: Error, reason: string][] = [
  ['a quota or a policy', api(403), 'ObjectRefused'],
  ['a field that will not do', api(422), 'ObjectRefused'],
  ['a webhook that gives no status', api(400), 'ObjectRefused'],
  ['a webhook that does not answer', api(500, 'Internal error occurred: failed calling webhook "p.example"'), 'ObjectRefused'],
  ['no node port is free', api(500, 'failed to allocate a nodePort: range is full'), 'ObjectRefused'],
  ['a name of another', new LunarError('NAME_TAKEN', 'Service belongs to another'), 'NameTaken'],
]
for (const [title, error, reason] of refusals)
  test(`a refusal: ${title}`, async (t) => {
    t.deepEqual(await unlessRefused(Promise.reject(error)), { reason, message: error.message })
  })

for (const [title, error] of [
  ['a conflict', api(409)],
  ['a conflict over a node port', api(409, 'nodePort 30001: the object has been modified')],
  ['too many requests', api(429)],
  ['a server that stumbles', api(500, 'etcdserver: leader changed')],
  ['a fault of ours', new TypeError('x is not a function')],
] as const)
  test(`no refusal, so that it is thrown: ${title}`, async (t) => {
    t.is(
      t.throws(() => refusalOf(error)),
      error,
    )
    t.is(await t.throwsAsync(unlessRefused(Promise.reject(error))), error)
  })

test('what was done was not refused', async (t) => {
  t.is(await unlessRefused(Promise.resolve('an answer')), undefined)
})
