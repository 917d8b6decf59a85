import { SimulatedClock } from '@lunarx/runtime/clock'
import test from 'ava'
import { ApiError, type KubeClient, type KubeObject, type ResourceKind } from '../kube/index.ts'
import type { ControllerDeps } from './deps.ts'
import { NodeRights } from './node-rights.ts'
import { nodesLost } from './nodes-lost.ts'
import { replaceLost } from './replace-lost.ts'

const signal = new AbortController().signal
type Question = KubeObject & { readonly spec: { readonly resourceAttributes: { readonly verb: string; readonly resource: string } } }

/** @param fails how the server answers, instead of saying what is allowed */
function world(allowed: Set<string>, fails?: Error) {
  const clock = new SimulatedClock()
  const asked: string[] = []
  const client = {
    create(kind: ResourceKind, { spec: { resourceAttributes: of } }: Question) {
      asked.push(`${kind.plural} ${of.verb} ${of.resource}`)
      return fails ? Promise.reject(fails) : Promise.resolve({ status: { allowed: allowed.has(`${of.verb} ${of.resource}`) } })
    },
  } as unknown as KubeClient
  return { clock, asked, rights: new NodeRights(client, clock) }
}

test('rights that are missing are named, and asked for at most once a minute', async (t) => {
  const allowed = new Set<string>()
  const { clock, asked, rights } = world(allowed)
  t.deepEqual(await rights.missing(signal), ['list nodes', 'get persistentvolumes'])
  t.deepEqual(asked, ['selfsubjectaccessreviews list nodes', 'selfsubjectaccessreviews get persistentvolumes'])
  allowed.add('list nodes')
  await clock.runFor(59_000)
  t.is((await rights.missing(signal)).length, 2)
  t.is(asked.length, 2)
  await clock.runFor(1_000)
  t.deepEqual(await rights.missing(signal), ['get persistentvolumes'])
  allowed.add('get persistentvolumes')
  await clock.runFor(60_000)
  t.deepEqual(await rights.missing(signal), [])
})

test('where nobody says what is allowed, none counts as missing: it is seen when it is tried', async (t) => {
  t.deepEqual(await world(new Set(), new ApiError(403, 'Forbidden', 'no', 'POST')).rights.missing(signal), [])
  await t.throwsAsync(world(new Set(), new ApiError(500, 'x', 'stumbles', 'POST')).rights.missing(signal))
})

test('NodesLost says that nobody looks before a pod waits for a node', async (t) => {
  const { clock, rights } = world(new Set(['list nodes']))
  const step = {
    pools: [],
    policy: { policy: 'Replace' as const, afterSeconds: 1 },
    fleet: undefined,
    trackers: [],
    desired: 1,
  }
  const seen = await replaceLost(step, { nodeRights: rights, clock } as unknown as ControllerDeps, signal)
  t.deepEqual(nodesLost(seen), [
    {
      type: 'NodesLost',
      status: 'Unknown',
      reason: 'NotAllowed',
      message: 'The operator does not replace pods whose node is gone: it has no right to get persistentvolumes.',
    },
  ])
})
