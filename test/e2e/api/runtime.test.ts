/**
 * The controller runtime against a real API server: what is sent is what is meant, nothing that changes is missed, one leads.
 *
 * @module
 */
import {
  Events,
  FIELD_MANAGER,
  hasStatus,
  Informer,
  KINDS,
  LeaderElection,
  type Change,
  type KubeObject,
  type Lease,
  type ResourceKind,
} from '@lunarx/operator/kube'
import test from 'ava'
import { makeNamespace, openCluster, removeNamespace, until } from './cluster.ts'

const cluster = openCluster()
const { client, deps } = cluster
let namespace = ''
test.before(async () => {
  namespace = await makeNamespace(cluster, 'runtime')
})
test.after.always(() => removeNamespace(cluster, namespace))

const configMap = (name: string, data: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels },
  data,
})

test('apply: the server holds what was meant, where typed clients drop fields', async (t) => {
  const kind: ResourceKind = {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    namespaced: true,
  }
  const spec = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { a: 'b' } } }] }] }
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'wire', namespace }, spec }
  const live = await client.apply<KubeObject>(kind, policy)
  t.deepEqual(live.spec, spec)
})

test('apply: fields of others survive, ours go when we stop giving them, an equal apply writes nothing', async (t) => {
  await client.apply(KINDS.configMap, configMap('mine', { a: '1', b: '2' }))
  await client.merge(KINDS.configMap, { namespace, name: 'mine' }, { metadata: { annotations: { theirs: 'x' } }, data: { c: '3' } })
  const first = await client.apply<KubeObject>(KINDS.configMap, configMap('mine', { a: '1' }))
  const again = await client.apply<KubeObject>(KINDS.configMap, configMap('mine', { a: '1' }))
  t.is(first.metadata.resourceVersion, again.metadata.resourceVersion)
  t.is(again.metadata.annotations?.['theirs'], 'x')
  const managers = (again.metadata as { managedFields?: readonly { manager: string; operation: string }[] }).managedFields ?? []
  t.true(managers.some(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply'))
  t.deepEqual(Object.keys(again.data as object).includes('b'), false)
})

test('replace is compare-and-swap', async (t) => {
  const made = await client.create(KINDS.configMap, configMap('swap', { n: '1' }))
  await client.replace(KINDS.configMap, { ...made, data: { n: '2' } })
  const error = await t.throwsAsync(client.replace(KINDS.configMap, { ...made, data: { n: '3' } }))
  t.true(hasStatus(error, 409))
})

test('an object that is not there is undefined, and its removal says so', async (t) => {
  t.is(await client.get(KINDS.configMap, { namespace, name: 'none' }), undefined)
  t.false(await client.remove(KINDS.configMap, { namespace, name: 'none' }))
})

test('informer: changes arrive, what vanished while nobody watched is reported, what is not selected is not held', async (t) => {
  const selection = { namespace, labelSelector: 'watched=yes' }
  const informer = new Informer(client, KINDS.configMap, selection, deps)
  const seen: string[] = []
  informer.onChange(({ type, object }: Change<KubeObject>) => seen.push(`${type} ${object.metadata.name}`))
  await client.create(KINDS.configMap, configMap('w-a', {}, { watched: 'yes' }))
  await client.create(KINDS.configMap, configMap('unselected', {}))
  const first = new AbortController()
  const running = informer.run(first.signal)
  const saw = (entry: string) => until(entry, () => Promise.resolve(seen.includes(entry) ? true : undefined))
  await saw('added w-a')
  await client.create(KINDS.configMap, configMap('w-b', {}, { watched: 'yes' }))
  await saw('added w-b')
  await client.merge(KINDS.configMap, { namespace, name: 'w-b' }, { data: { x: '1' } })
  await saw('modified w-b')
  t.is('managedFields' in (informer.get(namespace, 'w-b')?.metadata ?? {}), false)
  first.abort()
  await running

  await client.remove(KINDS.configMap, { namespace, name: 'w-a' })
  await client.remove(KINDS.configMap, { namespace, name: 'w-b' })
  await client.create(KINDS.configMap, configMap('w-b', { made: 'anew' }, { watched: 'yes' }))
  seen.length = 0
  const second = new AbortController()
  const runningAgain = informer.run(second.signal)
  await saw('deleted w-a')
  await saw('deleted w-b')
  await saw('added w-b')
  t.deepEqual(
    informer.list().map(({ metadata }) => metadata.name),
    ['w-b'],
  )
  second.abort()
  await runningAgain
})

test('informer: a listener that throws stops nobody', async (t) => {
  const informer = new Informer(client, KINDS.configMap, { namespace, labelSelector: 'thrown=yes' }, deps)
  const seen: string[] = []
  informer.onChange(() => {
    throw new Error('thrown by a listener, on purpose')
  })
  informer.onChange(({ object }: Change<KubeObject>) => seen.push(object.metadata.name))
  const stop = new AbortController()
  const running = informer.run(stop.signal)
  for (const name of ['t-1', 't-2']) {
    await client.create(KINDS.configMap, configMap(name, {}, { thrown: 'yes' }))
    await until(name, () => Promise.resolve(seen.includes(name) ? true : undefined))
  }
  t.deepEqual(seen, ['t-1', 't-2'])
  stop.abort()
  await running
})

test('one leads at a time; on a graceful stop the next one follows at once', async (t) => {
  const log: string[] = []
  const leaders = new Set<string>()
  const campaign = (identity: string, signal: AbortSignal) =>
    new LeaderElection(client, { namespace, name: 'election', identity }, deps).run(async (term) => {
      leaders.add(identity)
      log.push(`${identity} leads`)
      t.is(leaders.size, 1)
      await new Promise((resolve) => term.addEventListener('abort', resolve, { once: true }))
      leaders.delete(identity)
    }, signal)
  const stops = { a: new AbortController(), b: new AbortController() }
  const a = campaign('a', stops.a.signal)
  await until('a leads', () => Promise.resolve(leaders.has('a') ? true : undefined))
  const b = campaign('b', stops.b.signal)
  stops.a.abort()
  await a
  await until('b leads', () => Promise.resolve(leaders.has('b') ? true : undefined))
  stops.b.abort()
  await b
  t.deepEqual(log, ['a leads', 'b leads'])
  const lease = await client.get<Lease>(KINDS.lease, { namespace, name: 'election' })
  t.is(lease?.spec?.holderIdentity, '')
})

test('a leader that is cut off: another leads, and never two at a time', async (t) => {
  const leaders = new Set<string>()
  const campaign = (identity: string, asking: typeof client, signal: AbortSignal) =>
    new LeaderElection(asking, { namespace, name: 'killed', identity }, deps).run(async (term) => {
      leaders.add(identity)
      t.is(leaders.size, 1)
      await new Promise((resolve) => term.addEventListener('abort', resolve, { once: true }))
      leaders.delete(identity)
    }, signal)
  // It cannot give its Lease back: for the others it is as one that was killed. After how long: operator/kube/leader-election.test.ts.
  let isCut = false
  const cutOff = new Proxy(client, {
    get: (target, name) => {
      const verb: unknown = Reflect.get(target, name)
      if (typeof verb !== 'function') return verb
      return (...args: unknown[]): unknown =>
        isCut ? Promise.reject(new Error('cut off, on purpose')) : (verb as (...all: unknown[]) => unknown).apply(target, args)
    },
  })
  const stops = { a: new AbortController(), b: new AbortController() }
  const a = campaign('a', cutOff, stops.a.signal)
  await until('a leads', () => Promise.resolve(leaders.has('a') ? true : undefined))
  const b = campaign('b', client, stops.b.signal)
  isCut = true
  await until('b leads', () => Promise.resolve(leaders.has('b') ? true : undefined))
  for (const stop of Object.values(stops)) stop.abort()
  await Promise.all([a, b])
})

test('events: the same one again is counted, not written', async (t) => {
  const about = await client.create(KINDS.configMap, configMap('subject', {}))
  const events = new Events(client, 'lunarx-operator', deps)
  for (let i = 0; i < 20; i++) await events.record(about, { type: 'Warning', reason: 'Broken', message: 'it is broken' })
  await events.record(about, { type: 'Normal', reason: 'Mended', message: 'it works' })
  const { items } = await client.list<KubeObject & { readonly reason?: string }>(KINDS.event, { namespace })
  for (const reason of ['Broken', 'Mended']) t.true(items.some((event) => event.reason === reason))
  t.is(items.length, 2)
})
