/**
 * The issuer's certificate and key are replaced as docs/OPERATING.md says, while a DApp goes on. Every pod of the network starts again,
 * one at a time.
 */
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, NETWORK, startDapp, SYSTEM, waitFor } from '../../hack/cluster/network.ts'
import { startChecker } from './checker/start.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { watchPods } from './pod-watch.ts'
import { noteInReport } from './report.ts'

const SECRET = 'lunarx-operator-issuer'
const DEPLOYMENT = 'deployment/lunarx-operator'
const NEW_DAPP = 'dapp-rotated'
const ROLLED_MS = 1_500_000

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string }
}
interface ClientConfig {
  readonly data: { readonly 'network.json': string }
}

async function authorityOf(cluster: Cluster): Promise<string> {
  const [config] = await objects<ClientConfig>(cluster, ['-n', NAMESPACE, 'configmap', `${NETWORK}-client`])
  return (JSON.parse(config?.data['network.json'] ?? '{}') as { readonly issuer: { readonly ca: string } }).issuer.ca
}

const podsOfNetwork = (cluster: Cluster): Promise<Named[]> =>
  objects<Named>(cluster, ['-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/part-of=lunarx'])

const inFull = process.env['LUNARX_ROTATE'] === undefined ? test.serial.skip : test.serial

inFull(
  'the issuer gets another certificate and key (with --full, or LUNARX_ROTATE=1): pods roll, no operation of a client fails',
  async (t) => {
    const cluster = await sampleNetwork()
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    const authority = await authorityOf(cluster)
    const old = await podsOfNetwork(cluster)
    const checker = await startChecker(cluster, NAMESPACE, DAPP)
    t.teardown(() => checker.stop())
    await using watch = await watchPods(cluster, NAMESPACE)

    await kubectl(cluster, ['delete', 'secret', SECRET, '-n', SYSTEM])
    await kubectl(cluster, ['rollout', 'restart', DEPLOYMENT, '-n', SYSTEM])
    await kubectl(cluster, ['rollout', 'status', DEPLOYMENT, '-n', SYSTEM, '--timeout=170s'])
    await until('the new certificate to be told', 120_000, async () => ((await authorityOf(cluster)) === authority ? undefined : true))
    // who enrols now is told of it by its ConfigMap
    t.teardown(() => kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', NEW_DAPP, '--now', '--ignore-not-found']))
    await startDapp(cluster, NAMESPACE, { pod: NEW_DAPP })
    const enrolled = 'echo new | lunarx put - rotate/note && lunarx get rotate/note -'
    const said = await until('a new client', 120_000, () =>
      kubectl(cluster, ['exec', '-n', NAMESPACE, NEW_DAPP, '--', 'sh', '-ec', enrolled]),
    )
    t.regex(said, /new\n$/)

    const uids = new Set(old.map(({ metadata: { uid } }) => uid))
    await until('every pod to have the new certificate', ROLLED_MS, async () => {
      const left = (await podsOfNetwork(cluster)).filter(({ metadata: { uid } }) => uids.has(uid))
      if (left.length > 0) throw new Error(`still to come: ${left.map(({ metadata: { name } }) => name).join(', ')}`)
      return true
    })
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    const [away, found] = [await watch.away(), await checker.findings()]
    noteInReport(t, import.meta.url, { mostAwayAtATime: away.most.length, ...found })
    t.true(away.looks > 10 && away.most.length === 1, away.most.join(' '))
    t.deepEqual([found.wrong, found.unreadable, found.told], [[], [], []])
    t.true(found.done.put > 0 && found.done.get > 0)
  },
)
