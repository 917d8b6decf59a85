import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { ApiError, type KubeObject, type Metadata, type ResourceKind } from '../kube/index.ts'
import { releaseOwnNamespace, type ReleaseDeps } from './release-own.ts'

const GONE = '2026-01-01T00:00:00Z'
const object = (kind: string, name: string, metadata: Partial<Metadata> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'system', resourceVersion: '7', ...metadata },
})
const KEPT = { finalizers: ['theirs', 'lunarx.dev/drained'] }

/** @returns what was written, by name */
async function released(namespace: KubeObject | undefined, fails?: Error): Promise<Record<string, unknown>> {
  const written: Record<string, unknown> = {}
  const objects = [
    object('LunarNetwork', 'lunar', { finalizers: ['lunarx.dev/volumes'] }),
    object('Tracker', 'tracker', KEPT),
    object('Provider', 'free'),
    object('Provider', 'pool', { ...KEPT, deletionTimestamp: GONE }),
    object('Provider', 'others', { ...KEPT, annotations: { 'lunarx.dev/operator': 'other' } }),
  ]
  const client = {
    get: () => Promise.resolve(namespace),
    list: (kind: ResourceKind) =>
      fails ? Promise.reject(fails) : Promise.resolve({ items: objects.filter((one) => one.kind === kind.kind), resourceVersion: '1' }),
    merge: (_: ResourceKind, { name }: { readonly name: string }, patch: { readonly metadata: Metadata }) => {
      written[name] = patch.metadata.finalizers
      return Promise.resolve({})
    },
  }
  const clock = new SimulatedClock()
  const settings = { operator: 'op', namespace: 'system' }
  await releaseOwnNamespace({ client, settings, clock, log: new Trace(clock).log('test') } as unknown as ReleaseDeps)
  return written
}

test('an operator whose namespace stays lets nothing go', async (t) => {
  t.deepEqual(await released(object('Namespace', 'system')), {})
  t.deepEqual(await released(undefined), {})
})

test('an operator that ends with its namespace lets go what it holds there, and nothing of others', async (t) => {
  t.deepEqual(await released(object('Namespace', 'system', { deletionTimestamp: GONE })), {
    lunar: [],
    tracker: ['theirs'],
    pool: ['theirs'],
  })
})

test('where its rights went first it ends all the same', async (t) => {
  const refused = new ApiError(403, 'Forbidden', 'on purpose', 'LIST')
  t.deepEqual(await released(object('Namespace', 'system', { deletionTimestamp: GONE }), refused), {})
})
