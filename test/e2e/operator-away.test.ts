/**
 * The API server is away, then the operator: the data path does not notice, nothing starts again, and what was missed meanwhile is caught
 * up with. For half a minute; for as long as the checklist says in the full run, or for LUNARX_API_AWAY_SECONDS and
 * LUNARX_OPERATOR_AWAY_SECONDS.
 */
import test, { type ExecutionContext } from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, inDapp, readNetwork, SYSTEM, waitFor } from '../../hack/cluster/network.ts'
import { startChecker, type Checker } from './checker/start.ts'
import { testCluster } from './cluster.ts'
import { NAMESPACE, patchNetwork, sampleNetwork } from './network.ts'
import { forget, killApiServer, startApiServer, superviseControlPlane } from './nodes.ts'
import { lunarxPlugin } from './plugin.ts'
import { isFullRun, noteInReport } from './report.ts'

const apiAwaySeconds = Number(process.env['LUNARX_API_AWAY_SECONDS'] ?? 30)
const operatorAwaySeconds = Number(process.env['LUNARX_OPERATOR_AWAY_SECONDS'] ?? 30)
const BUDGET = 'lunar-providers'
const OPERATOR = 'deployment/lunarx-operator'
const VICTIM = 'pool-b-1'

interface RunningPod {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] }
}

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** Pods of the network and of the operator, each with its restarts. */
async function lives(cluster: Cluster, ...namespaces: readonly string[]): Promise<string[]> {
  const label = 'app.kubernetes.io/part-of=lunarx'
  const pods = await Promise.all(namespaces.map((namespace) => objects<RunningPod>(cluster, ['-n', namespace, 'pods', '-l', label])))
  return pods
    .flat()
    .map(({ metadata: { name, uid }, status }) => `${name} ${uid} started again ${status.containerStatuses?.[0]?.restartCount ?? 0} times`)
    .sort()
}

const budgetOf = async (cluster: Cluster): Promise<string | undefined> =>
  (await kubectl(cluster, ['get', 'pdb', '-n', NAMESPACE, BUDGET, '--ignore-not-found', '-o', 'jsonpath={.metadata.uid}'])) || undefined

/** Between two operations of the DApp that end, at most. */
const PAUSE_SECONDS = 90

/** A client that has its credential and has used it. */
async function startEnrolled(cluster: Cluster): Promise<Checker> {
  await inDapp(cluster, NAMESPACE, 'echo enrolled | lunarx put - away/note')
  return await startChecker(cluster, NAMESPACE, DAPP)
}

/** The data path worked meanwhile: nothing failed, and something was done. */
async function assertServed(t: ExecutionContext, checker: Checker, what: string, seconds: number): Promise<void> {
  const found = await checker.findings()
  noteInReport(t, import.meta.url, { away: what, seconds, ...found })
  t.deepEqual([found.wrong, found.unreadable, found.told], [[], [], []])
  t.true(found.done.put > 0 && found.done.get > 0)
  if (isFullRun) t.true(found.longestPauseSeconds < Math.min(seconds, PAUSE_SECONDS), `nothing was done for ${found.longestPauseSeconds} s`)
}

/** Only the lab can stop its API server. */
const onLab = testCluster().lab === undefined ? test.serial.skip : test.serial

onLab(`the API server is away for ${apiAwaySeconds} s: nothing starts again, a missed delete is made good`, async (t) => {
  const cluster = await sampleNetwork()
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  const before = await lives(cluster, NAMESPACE, SYSTEM)
  const budget = await budgetOf(cluster)
  const checker = await startEnrolled(cluster)
  t.teardown(() => checker.stop())
  await using _ = superviseControlPlane(cluster)

  await killApiServer(cluster)
  // nobody watches, and nobody is told later: the history goes with it
  await forget(cluster, `/registry/poddisruptionbudgets/${NAMESPACE}/${BUDGET}`)
  await sleep(apiAwaySeconds)
  await startApiServer(cluster)

  const made = await until('the budget to be made again', 180_000, () => budgetOf(cluster))
  t.not(made, budget)
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  t.deepEqual(await lives(cluster, NAMESPACE, SYSTEM), before)
  await assertServed(t, checker, 'API server', apiAwaySeconds)
})

const scaleOperator = (cluster: Cluster, replicas: number): Promise<string> =>
  kubectl(cluster, ['scale', '-n', SYSTEM, OPERATOR, `--replicas=${replicas}`])
const lostAfter = (cluster: Cluster, afterSeconds: number | null): Promise<string> =>
  patchNetwork(cluster, { lostNode: afterSeconds === null ? null : { afterSeconds } })

test.serial(`the operator is away for ${operatorAwaySeconds} s: data is served, a pod returns; then it catches up`, async (t) => {
  const cluster = await sampleNetwork()
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  const budget = await budgetOf(cluster)
  const before = (await lives(cluster, NAMESPACE)).filter((pod) => !pod.startsWith(VICTIM))
  const checker = await startEnrolled(cluster)
  t.teardown(() => checker.stop())
  const ready = async (): Promise<void> => {
    await scaleOperator(cluster, 1)
    await kubectl(cluster, ['rollout', 'status', '-n', SYSTEM, OPERATOR, '--timeout=120s'])
  }
  t.teardown(ready)
  t.teardown(() => lostAfter(cluster, null))

  await scaleOperator(cluster, 0)
  await until('no operator', 120_000, async () => ((await lives(cluster, SYSTEM)).length === 0 ? true : undefined))
  await kubectl(cluster, ['delete', 'pdb', '-n', NAMESPACE, BUDGET])
  await lostAfter(cluster, 4_321)
  await kubectl(cluster, ['delete', 'pod', '-n', NAMESPACE, VICTIM, '--force', '--grace-period=0'])
  // its issuer is away: it goes on with the credential that it has
  await until('the pod to serve again', 180_000, () =>
    kubectl(cluster, ['wait', '-n', NAMESPACE, `pod/${VICTIM}`, '--for=condition=Ready', '--timeout=20s']),
  )
  await sleep(operatorAwaySeconds)
  t.is(await budgetOf(cluster), undefined)
  using lunarx = lunarxPlugin(cluster, NAMESPACE)
  const page = await lunarx.say('status')
  t.is(page.exit, 4, page.out)
  t.regex(page.out, /^UNKNOWN: no operator works since /)
  const { metadata, status } = await readNetwork(cluster, NAMESPACE)
  t.true((status?.observedGeneration ?? 0) < metadata.generation)

  await ready()
  t.not(await until('the budget to be made again', 180_000, () => budgetOf(cluster)), budget)
  await until('the change to be observed', 180_000, async () => {
    const now = await readNetwork(cluster, NAMESPACE)
    return now.status?.observedGeneration === now.metadata.generation ? true : undefined
  })
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  t.deepEqual(
    (await lives(cluster, NAMESPACE)).filter((pod) => !pod.startsWith(VICTIM)),
    before,
  )
  await assertServed(t, checker, 'operator', operatorAwaySeconds)
})
