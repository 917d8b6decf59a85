import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { aProvider } from '../healing/fleet.fixture.ts'
import type { Fleet, Shrink } from '../healing/index.ts'
import type { KubeObject, Metadata, ResourceKind } from '../kube/index.ts'
import { holdUntilDrained, isLetGo, removeDrained } from './delete-pool.ts'
import type { ControllerDeps } from './deps.ts'
import { Observatory } from './observatory.ts'
import { providerPool, trackerPool, type Provider, type Tracker } from './pool.ts'

const signal = new AbortController().signal
const object = (kind: string, name: string, rest: object = {}, metadata: Partial<Metadata> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '7', ...metadata },
  ...rest,
})
const GONE = '2026-01-01T00:00:00Z'
const HELD = ['theirs', 'lunarx.dev/drained']
const network = (metadata: Partial<Metadata> = {}) => object('LunarNetwork', 'lunar', { spec: {} }, metadata)
const poolOf = (kind: 'Provider' | 'Tracker', metadata: Partial<Metadata> = {}, status: object = {}) =>
  object(kind, 'pool-b', { spec: { network: 'lunar', replicas: 2 }, status }, { deletionTimestamp: GONE, finalizers: HELD, ...metadata })
const claimOf = (name: string, component: string, metadata: Partial<Metadata> = {}) =>
  object(
    'PersistentVolumeClaim',
    `data-${name}`,
    {},
    {
      labels: { 'app.kubernetes.io/instance': name.replace(/-\d+$/, ''), 'app.kubernetes.io/component': component },
      ...metadata,
    },
  )
const setOf = (replicas: number, owner = 'uid-pool-b') =>
  object(
    'StatefulSet',
    'pool-b',
    { spec: { replicas } },
    { ownerReferences: [{ apiVersion: 'v1', kind: 'Provider', name: 'x', uid: owner, controller: true, blockOwnerDeletion: false }] },
  )

const ownedBy = (uid: string) => ({
  apiVersion: 'lunarx.dev/v1alpha1',
  kind: 'LunarNetwork',
  name: 'lunar',
  uid,
  controller: true,
  blockOwnerDeletion: false,
})

interface Given {
  /** In the local copy. */
  readonly network?: KubeObject | undefined
  /** At the server; unset: the same. */
  readonly liveNetwork?: KubeObject | undefined
  readonly providers?: readonly KubeObject[]
  readonly set?: KubeObject | undefined
  readonly pods?: number
  readonly claims?: readonly KubeObject[]
  readonly fleet?: Fleet | undefined
  readonly shrink?: Shrink | undefined
}

/** What Kubernetes has, what was judged, and what is written. */
function cluster(given: Given) {
  const written: (readonly string[] | undefined)[] = []
  const events: string[] = []
  const observatory = new Observatory()
  observatory.see('ns/lunar', given.fleet)
  observatory.seeShrink('uid-pool-b', given.shrink)
  const client = {
    get: (kind: ResourceKind) =>
      Promise.resolve(kind.kind === 'LunarNetwork' ? ('liveNetwork' in given ? given.liveNetwork : given.network) : given.set),
    list: () => Promise.resolve({ items: Array.from({ length: given.pods ?? 0 }, (_, i) => object('Pod', `pool-b-${i}`)) }),
    merge: (_: unknown, __: unknown, { metadata }: { readonly metadata: { readonly finalizers?: readonly string[] } }) => {
      written.push(metadata.finalizers)
      return Promise.resolve()
    },
  }
  const deps = {
    client,
    cache: {
      networks: { get: () => given.network },
      statefulSets: { get: () => given.set },
      providers: { list: () => given.providers ?? [] },
      claims: { list: () => given.claims ?? [] },
    },
    observatory,
    events: { record: (_: unknown, { reason }: { readonly reason: string }) => Promise.resolve(void events.push(reason)) },
    settings: { operator: 'op' },
    log: new Trace(new SimulatedClock()).log('operator'),
  } as unknown as ControllerDeps
  return { deps, written, events }
}

const waivers: [title: string, component: 'provider' | 'tracker', owner: KubeObject, given: Given, isOver: boolean, released: boolean][] = [
  ['it lives', 'provider', poolOf('Provider', { deletionTimestamp: undefined } as never), { network: network() }, false, false],
  ['it is deleted, and its network lives', 'provider', poolOf('Provider'), { network: network() }, false, false],
  ['others hold it, we do no more', 'provider', poolOf('Provider', { finalizers: ['theirs'] }), { network: network() }, true, false],
  ['its network is being deleted', 'provider', poolOf('Provider'), { network: network({ deletionTimestamp: GONE }) }, true, true],
  ['its network is gone', 'provider', poolOf('Provider'), { network: undefined }, true, true],
  ['the local copy lacks its network, the server has it', 'provider', poolOf('Provider'), { liveNetwork: network() }, false, false],
  [
    'another network of that name was made since',
    'provider',
    poolOf('Provider', { ownerReferences: [ownedBy('uid-old')] }),
    { network: network() },
    true,
    true,
  ],
  [
    'it is owned by its network',
    'provider',
    poolOf('Provider', { ownerReferences: [ownedBy('uid-lunar')] }),
    { network: network() },
    false,
    false,
  ],
  [
    'a person gives it up',
    'provider',
    poolOf('Provider', { annotations: { 'lunarx.dev/delete-undrained': 'true' } }),
    { network: network() },
    true,
    true,
  ],
  ['it is deleted as an orphan', 'provider', poolOf('Provider', { finalizers: [...HELD, 'orphan'] }), { network: network() }, true, true],
  [
    'its StatefulSet was orphaned',
    'provider',
    poolOf('Provider'),
    { network: network(), set: object('StatefulSet', 'pool-b') },
    true,
    true,
  ],
  [
    'it is paused, and its network is gone',
    'provider',
    poolOf('Provider', { annotations: { 'lunarx.dev/paused': 'true' } }),
    { network: undefined },
    true,
    true,
  ],
  [
    'another operator sees to it',
    'provider',
    poolOf('Provider', { annotations: { 'lunarx.dev/operator': 'other' } }),
    { network: undefined },
    false,
    false,
  ],
  [
    'trackers of a network with providers',
    'tracker',
    poolOf('Tracker'),
    { network: network(), providers: [poolOf('Provider')] },
    false,
    false,
  ],
  ['trackers of a network without providers', 'tracker', poolOf('Tracker'), { network: network(), providers: [] }, true, true],
]
for (const [title, component, owner, given, isOver, released] of waivers)
  test(`a pool that is deleted: ${title}`, async (t) => {
    const { deps, written } = cluster(given)
    t.is(await isLetGo(component, owner, deps, signal), isOver)
    t.deepEqual(written, released ? [owner.metadata.finalizers?.filter((name) => name !== 'lunarx.dev/drained')] : [])
  })

test('a pool that lives is held, once; one that is being deleted is not taken hold of any more, and wants no pods', async (t) => {
  const { deps, written } = cluster({})
  const free = { ...poolOf('Provider'), metadata: { name: 'pool-b', namespace: 'ns', resourceVersion: '7' } } as Provider
  await holdUntilDrained(providerPool(free), deps, signal)
  t.deepEqual(written, [['lunarx.dev/drained']])
  const held = { ...free, metadata: { ...free.metadata, finalizers: HELD } }
  await holdUntilDrained(providerPool(held), deps, signal)
  await holdUntilDrained(providerPool(poolOf('Provider', { finalizers: [] }) as Provider), deps, signal)
  t.is(written.length, 1)
  t.is(providerPool(free).spec.replicas, 2)
  t.is(providerPool(poolOf('Provider') as Provider).spec.replicas, 0)
  t.is(trackerPool(poolOf('Tracker') as Tracker).spec.replicas, 0)
})

const members = [{ name: 'pool-b-0', peer: 'p0', claim: 'u0' }]
const sets = { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 }
const shrink: Shrink = { wanted: 0, needed: 0, leaving: [], spent: members, emptied: [], refusal: undefined }
const spent = claimOf('pool-b-0', 'provider', { uid: 'u0' })
const fleet = { providers: [aProvider('pool-b-0', 'p0', { declaredLost: true, retired: true })], sets }
const ended = { network: network(), set: setOf(0), fleet, shrink }

const providers: [title: string, given: Given, removed: boolean, status?: object][] = [
  ['all is gone, and trackers know it', ended, true],
  ['not judged yet', { ...ended, shrink: undefined }, false],
  ['no tracker answers', { ...ended, fleet: undefined }, false],
  ['a pod is still needed', { ...ended, shrink: { ...shrink, needed: 1 } }, false],
  ['the StatefulSet still wants a pod', { ...ended, set: setOf(1) }, false],
  ['a pod still runs', { ...ended, pods: 1 }, false],
  ['a claim of a drained peer is to go first', { ...ended, claims: [spent] }, false],
  ['its claim is going', { ...ended, claims: [claimOf('pool-b-0', 'provider', { uid: 'u0', deletionTimestamp: GONE })] }, true],
  ['a volume of another time stays', { ...ended, claims: [claimOf('pool-b-7', 'provider', { uid: 'u7' })] }, true],
  ['trackers are not told yet', { ...ended, fleet: { ...fleet, providers: [aProvider('pool-b-0', 'p0')] } }, false],
  ['it never came to be', { network: network() }, true],
  ['it never came to be, because its name was taken', { network: network(), set: setOf(3, 'uid-of-another') }, true],
  ['its StatefulSet went first, volumes are there', { network: network(), claims: [spent] }, false],
  ['its StatefulSet went first, volumes too, members are remembered', { network: network() }, false, { members }],
]
for (const [title, given, removed, status = {}] of providers)
  test(`a pool of providers that is drained: ${title}`, async (t) => {
    const { deps, written, events } = cluster(given)
    const pool = providerPool(poolOf('Provider', {}, status) as Provider)
    t.is(await removeDrained(pool, deps, signal), removed)
    t.deepEqual(written, removed ? [['theirs']] : [])
    t.deepEqual(events, removed ? ['Drained'] : [])
  })

const marked = claimOf('pool-b-0', 'tracker', { annotations: { 'lunarx.dev/handed-over': 'true' } })
const trackers: [title: string, given: Given, removed: boolean][] = [
  ['all is handed over and gone', { set: setOf(0) }, true],
  ['its StatefulSet still wants a pod', { set: setOf(1) }, false],
  ['a pod still runs', { set: setOf(0), pods: 1 }, false],
  ['a claim is to go first', { set: setOf(0), claims: [marked] }, false],
  ['its StatefulSet went first, volumes are there', { claims: [claimOf('pool-b-0', 'tracker')] }, false],
  ['it never came to be', {}, true],
]
for (const [title, given, removed] of trackers)
  test(`a pool of trackers that is handed over: ${title}`, async (t) => {
    const { deps, written } = cluster({ network: network(), ...given })
    t.is(await removeDrained(trackerPool(poolOf('Tracker') as Tracker), deps, signal), removed)
    t.deepEqual(written, removed ? [['theirs']] : [])
  })

test('a pool that lives is never let go, whatever is gone', async (t) => {
  const { deps, written } = cluster(ended)
  const { deletionTimestamp: _, ...metadata } = poolOf('Provider').metadata
  t.false(await removeDrained(providerPool({ ...poolOf('Provider'), metadata } as Provider), deps, signal))
  t.deepEqual(written, [])
})
