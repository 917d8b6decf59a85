/**
 * The operator's own program against a real API server: it becomes ready, leads, tells what Prometheus wants, holds nothing that it does
 * not need, gives the Lease back when it is told to stop, and is followed by another process when it is killed.
 *
 * @module
 */
import { once } from 'node:events'
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import type { KubeObject, Lease } from '@lunarx/operator/kube'
import test from 'ava'
import { prometheusPrograms } from '../../../hack/servers/programs.ts'
import { command } from '../../interop/command.ts'
import { isFullRun, noteInReport } from '../report.ts'
import { installCrds, KINDS, makeNamespace, openCluster, removeNamespace, until } from './cluster.ts'
import { startProcess, valueOf } from './operator-process.ts'
import { OPERATOR, OURS } from './operator.ts'

const cluster = openCluster()
const { client } = cluster

/** What would take 28 MB of memory at least, were it held: many small ones in the full run. */
const SECRETS = isFullRun ? 5_000 : 450
const SECRET_BYTES = Math.ceil((28 * 2 ** 20) / SECRETS / 1.33)
const MAX_GROWTH_BYTES = 20 * 2 ** 20

/** Of the Lease of one that was killed, seconds: it runs out after 15, and whoever waits looks at it every 2. */
const FOLLOWED_SECONDS = 20

test.before(() => installCrds(cluster))

const lunar = (kind: string, name: string, namespace: string, spec: unknown): KubeObject => ({
  apiVersion: 'lunarx.dev/v1alpha1',
  kind,
  metadata: { name, namespace, annotations: OURS },
  spec,
})

async function createNetwork(namespace: string): Promise<void> {
  const classes = [{ name: 'a', required: 2, parity: 1 }]
  await client.create(LUNAR_KINDS.network, lunar('LunarNetwork', 'lunar', namespace, { classes, defaultClass: 'a' }))
  await client.create(LUNAR_KINDS.tracker, lunar('Tracker', 'tracker', namespace, { network: 'lunar', replicas: 1 }))
}
const createPool = (namespace: string, name: string): Promise<KubeObject> =>
  client.create(LUNAR_KINDS.provider, lunar('Provider', name, namespace, { network: 'lunar', replicas: 1, volume: { size: '64Mi' } }))

test('ready, leading, measured; Secrets of others are not held; SIGTERM gives the Lease back', async (t) => {
  t.timeout(300_000)
  const namespace = await makeNamespace(cluster, 'process')
  t.teardown(() => removeNamespace(cluster, namespace))
  const { child, ask } = await startProcess(t, namespace)
  await until('readiness', async () => ((await ask('/readyz').catch(() => [0]))[0] === 200 ? true : undefined))
  await createNetwork(namespace)
  const metrics = async (): Promise<string> => (await ask('/metrics'))[1]
  const told = await until('metrics of the network', async () => {
    const text = await metrics()
    return valueOf(text, `lunarx_network_trackers_desired{network="${namespace}/lunar"}`) === 1 ? text : undefined
  })
  t.is(valueOf(told, `leader_election_master_status{name="${OPERATOR}"}`), 1)
  for (const series of [
    'controller_runtime_reconcile_total{controller="network"',
    'rest_client_requests_total{code="200"',
    'workqueue_adds_total{name="tracker"',
  ])
    t.true(told.includes(series), series)
  const { promtool } = await prometheusPrograms()
  const { status, stdout, stderr } = await command(promtool, ['check', 'metrics'], 'to judge metrics', { input: told })
  t.is(status, 0, `${stdout.toString()}${stderr}`)

  const residentBytes = async (): Promise<number> => valueOf(await metrics(), 'process_resident_memory_bytes') ?? 0
  const before = await residentBytes()
  t.true(before > 10 * 2 ** 20)
  const data = { filler: Buffer.alloc(SECRET_BYTES, 'x').toString('base64') }
  const numbers = Array.from({ length: SECRETS }, (_, i) => i)
  for (let first = 0; first < SECRETS; first += 50)
    await Promise.all(
      numbers
        .slice(first, first + 50)
        .map((i) => client.create(KINDS.secret, { apiVersion: 'v1', kind: 'Secret', metadata: { name: `theirs-${i}`, namespace }, data })),
    )
  // one more change that the operator sees, after all of them
  await createPool(namespace, 'pool')
  await until('the pool', () => client.get(KINDS.statefulSet, { namespace, name: 'pool' }))
  const growth = (await residentBytes()) - before
  noteInReport(t, import.meta.url, { secretsOfOthers: SECRETS, growthMiB: Math.round(growth / 2 ** 20) })
  t.true(growth < MAX_GROWTH_BYTES, `${Math.round(growth / 2 ** 20)} MiB`)

  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.deepEqual(await ended, [0, null])
  t.is((await client.get<Lease>(KINDS.lease, { namespace, name: OPERATOR }))?.spec?.holderIdentity, '')
})

const leaseOf = async (namespace: string): Promise<Lease['spec']> =>
  (await client.get<Lease>(KINDS.lease, { namespace, name: OPERATOR }))?.spec

/** resourceVersions of what only the operator writes. */
async function written(namespace: string): Promise<Record<string, string | undefined>> {
  const kinds = [KINDS.service, KINDS.serviceAccount, KINDS.configMap, KINDS.secret]
  const lists = await Promise.all(kinds.map((kind) => client.list(kind, { namespace, labelSelector: 'lunarx.dev/network=lunar' })))
  return Object.fromEntries(
    lists.flatMap(({ items }) => items.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion])),
  )
}

test('a leader that is killed is followed by the other process, not before its Lease is over; what is as meant is not written again', async (t) => {
  t.timeout(300_000)
  const namespace = await makeNamespace(cluster, 'leaders')
  t.teardown(() => removeNamespace(cluster, namespace))
  const processes = new Map([
    ['one', await startProcess(t, namespace, { identity: 'one' })],
    ['two', await startProcess(t, namespace, { identity: 'two' })],
  ])
  const leads = async (name: string): Promise<number | undefined> => {
    const [, text] = (await processes.get(name)?.ask('/metrics')) ?? [0, '']
    return valueOf(text, `leader_election_master_status{name="${OPERATOR}"}`)
  }
  await createNetwork(namespace)
  await createPool(namespace, 'pool')
  await until('the pool', () => client.get(KINDS.statefulSet, { namespace, name: 'pool' }))
  for (const name of processes.keys()) await until(`${name} runs`, () => leads(name).catch(() => undefined))
  let before = await written(namespace)
  await until('two equal looks', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const [last, now] = [before, await written(namespace)]
    before = now
    return JSON.stringify(now) === JSON.stringify(last) ? true : undefined
  })

  const first = await until('a leader', async () => (await leaseOf(namespace))?.holderIdentity || undefined)
  const second = first === 'one' ? 'two' : 'one'
  processes.get(first)?.child.kill('SIGKILL')
  const killedMs = Date.now()
  const left = await leaseOf(namespace)
  t.is(left?.holderIdentity, first)
  const taken = await until('the next leader', async () => {
    const now = await leaseOf(namespace)
    return now?.holderIdentity === second ? now : undefined
  })
  const seconds = (Date.now() - killedMs) / 1000
  const heldSeconds = (Date.parse(taken.acquireTime ?? '') - Date.parse(left?.renewTime ?? '')) / 1000
  t.true(heldSeconds >= (left?.leaseDurationSeconds ?? Number.NaN), `${heldSeconds} s`)
  await until('it says that it leads', async () => ((await leads(second)) === 1 ? true : undefined))
  const countOf = async (series: RegExp): Promise<number> => {
    const [, text] = (await processes.get(second)?.ask('/metrics')) ?? [0, '']
    return text
      .split('\n')
      .filter((line) => series.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }
  // network, trackers, pool
  await until('a look at everything', async () => ((await countOf(/^controller_runtime_reconcile_total\{/)) >= 3 ? true : undefined))
  const applied = (): string[] => (processes.get(second)?.said ?? []).filter((line) => line.includes('"message":"applied"'))
  t.deepEqual(applied(), [], 'what is as meant is not applied again')

  await createPool(namespace, 'another')
  await until('the work of the next leader', () => client.get(KINDS.statefulSet, { namespace, name: 'another' }))
  await until('word of it', () => Promise.resolve(applied().length > 0 || undefined))
  const after = await written(namespace)
  t.deepEqual(Object.fromEntries(Object.keys(before).map((name) => [name, after[name]])), before)
  noteInReport(t, import.meta.url, { leaderFollowedSeconds: seconds })
  if (isFullRun) t.true(seconds < FOLLOWED_SECONDS, `${seconds} s`)
})
