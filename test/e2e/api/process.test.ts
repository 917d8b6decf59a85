/**
 * The operator's own program against a real API server: it becomes ready, leads, tells what Prometheus wants, holds nothing that it does
 * not need, and gives the Lease back when it is told to stop.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import type { KubeObject, Lease } from '@lunarx/operator/kube'
import test from 'ava'
import { freePort } from '../../../hack/servers/ports.ts'
import { prometheusPrograms } from '../../../hack/servers/programs.ts'
import { command } from '../../interop/command.ts'
import { installCrds, KINDS, makeNamespace, openCluster, removeNamespace, until } from './cluster.ts'
import { OPERATOR, OURS } from './operator.ts'

const cluster = openCluster()
const { client } = cluster

/** What would take 28 MB of memory at least, were it held. */
const SECRETS = 450
const SECRET_BYTES = 48 * 1024
const MAX_GROWTH_BYTES = 20 * 2 ** 20

async function startProcess(t: { teardown(clean: () => unknown): void }, namespace: string) {
  const healthPort = await freePort()
  const flags = ['--node-image', 'localhost/lunarx-node:none', '--namespace', namespace, '--operator-service', OPERATOR, '--leader-elect']
  const ports = ['--health-port', String(healthPort), '--issuer-port', '0']
  const env = { ...process.env, POD_NAMESPACE: namespace, POD_NAME: 'process-test' }
  const child = spawn(process.execPath, ['--conditions=source', 'operator/main.ts', ...flags, ...ports], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ask = async (path: string): Promise<readonly [status: number, text: string]> => {
    const response = await fetch(`http://127.0.0.1:${healthPort}${path}`)
    return [response.status, await response.text()]
  }
  return { child, ask }
}

const valueOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

test('ready, leading, measured; Secrets of others are not held; SIGTERM gives the Lease back', async (t) => {
  t.timeout(300_000)
  await installCrds(cluster)
  const namespace = await makeNamespace(cluster, 'process')
  t.teardown(() => removeNamespace(cluster, namespace))
  const lunar = (kind: string, name: string, spec: unknown): KubeObject => ({
    apiVersion: 'lunarx.dev/v1alpha1',
    kind,
    metadata: { name, namespace, annotations: OURS },
    spec,
  })
  const { child, ask } = await startProcess(t, namespace)
  await until('readiness', async () => ((await ask('/readyz').catch(() => [0]))[0] === 200 ? true : undefined))
  await client.create(
    LUNAR_KINDS.network,
    lunar('LunarNetwork', 'lunar', { classes: [{ name: 'a', required: 2, parity: 1 }], defaultClass: 'a' }),
  )
  await client.create(LUNAR_KINDS.tracker, lunar('Tracker', 'tracker', { network: 'lunar', replicas: 1 }))
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
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'pool', { network: 'lunar', replicas: 1, volume: { size: '64Mi' } }))
  await until('the pool', () => client.get(KINDS.statefulSet, { namespace, name: 'pool' }))
  const growth = (await residentBytes()) - before
  t.true(growth < MAX_GROWTH_BYTES, `${Math.round(growth / 2 ** 20)} MiB`)

  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.deepEqual(await ended, [0, null])
  t.is((await client.get<Lease>(KINDS.lease, { namespace, name: OPERATOR }))?.spec?.holderIdentity, '')
})
