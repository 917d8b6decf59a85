/**
 * What is replaced while a DApp goes on: the issuer's certificate and key, as docs/OPERATING.md says, for which every pod of the network
 * starts again, one at a time; and credentials, for which none does.
 */
import { randomBytes } from 'node:crypto'
import { readDocument } from '@lunarx/core/document'
import { CREDENTIAL, type NetworkConfig } from '@lunarx/core/membership'
import { adminClient } from '@lunarx/net/admin'
import { identityOf } from '@lunarx/net/identity'
import { enrol } from '@lunarx/net/issuer'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { SystemRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, NETWORK, startDapp, SYSTEM, waitFor } from '../../hack/cluster/network.ts'
import { startChecker } from './checker/start.ts'
import { forwardPort } from './forward-port.ts'
import { installThisTree, issuerOutside, NAMESPACE, sampleNetwork } from './network.ts'
import { watchPods } from './pod-watch.ts'
import { noteInReport } from './report.ts'

const SECRET = 'lunarx-operator-issuer'
const DEPLOYMENT = 'deployment/lunarx-operator'
const NEW_DAPP = 'dapp-rotated'
const ROLLED_MS = 1_500_000

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] }
}
interface ClientConfig {
  readonly data: { readonly 'network.json': string }
}

interface ToldConfig extends NetworkConfig {
  readonly issuer: NonNullable<NetworkConfig['issuer']>
}
async function configOf(cluster: Cluster): Promise<ToldConfig> {
  const [config] = await objects<ClientConfig>(cluster, ['-n', NAMESPACE, 'configmap', `${NETWORK}-client`])
  return JSON.parse(config?.data['network.json'] ?? '{}') as ToldConfig
}
const authorityOf = async (cluster: Cluster): Promise<string> => (await configOf(cluster)).issuer.ca

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

const LIFETIME_SECONDS = 120
const SHORT_DAPP = 'dapp-short'
/** Of each pod, one after the other. */
const RENEWALS = 2

const runsOf = (pods: readonly Named[]): string[] =>
  pods.map(({ metadata, status }) => `${metadata.uid} restarted ${status.containerStatuses?.[0]?.restartCount ?? 0} times`).toSorted()

/** When the newest credential of a pod runs out. Seconds since 1970. */
async function expiryOf(cluster: Cluster, pod: string): Promise<number> {
  const read = `fetch('http://127.0.0.1:8080/metrics').then((answer) => answer.text()).then(console.log)`
  const metrics = await kubectl(cluster, ['exec', '-n', NAMESPACE, pod, '--', 'node', '-e', read])
  return Number(/^lunarx_credential_expires_timestamp_seconds ([\d.e+]+)$/m.exec(metrics)?.[1])
}

/** All pods at once are other ones, which enrol anew. */
async function replacePods(cluster: Cluster): Promise<void> {
  const old = new Set((await podsOfNetwork(cluster)).map(({ metadata: { uid } }) => uid))
  await kubectl(cluster, ['delete', 'pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/part-of=lunarx', '--timeout=120s'])
  await until('other pods', 120_000, async () => {
    const pods = await podsOfNetwork(cluster)
    return pods.length === old.size && pods.every(({ metadata: { uid } }) => !old.has(uid)) ? true : undefined
  })
  await kubectl(cluster, [
    'wait',
    'pods',
    '-n',
    NAMESPACE,
    '-l',
    'app.kubernetes.io/part-of=lunarx',
    '--for=condition=Ready',
    '--timeout=170s',
  ])
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
}

/** A client of a key of its own, from outside, that never renews its credential. */
async function clientThatStays(cluster: Cluster, port: number) {
  const deps = { clock: new SystemClock(), random: new SystemRandom(), crypto: nodeCrypto }
  const { network, networkKey, issuer } = await configOf(cluster)
  const token = await kubectl(cluster, ['create', 'token', '-n', NAMESPACE, DAPP, '--audience', `lunarx.dev/${NETWORK}`])
  const member = { network, networkKey, identity: identityOf(randomBytes(32), nodeCrypto) }
  const reached = { url: await issuerOutside(cluster), ca: issuer.ca, certificateName: new URL(issuer.url).hostname }
  const document = await enrol({ ...member, ...reached, token: () => Promise.resolve(token.trim()) }, deps)
  const client = adminClient({ ...member, credential: () => document, address: { host: '127.0.0.1', port } }, deps)
  return { credential: readDocument(CREDENTIAL, document), ask: () => client.status({}) }
}

inFull(
  'credentials live for two minutes (with --full, or LUNARX_ROTATE=1): all are renewed again and again, no operation of a client fails, no pod restarts, and one that is over is refused',
  async (t) => {
    const cluster = await sampleNetwork()
    t.teardown(() => installThisTree(cluster))
    await installThisTree(cluster, [`issuer.membershipLifetimeSeconds=${LIFETIME_SECONDS}`])
    await replacePods(cluster)
    // another state folder: the credential that a DApp has lives for a day
    t.teardown(() => kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', SHORT_DAPP, '--now', '--ignore-not-found']))
    await startDapp(cluster, NAMESPACE, { pod: SHORT_DAPP })
    const pods = await podsOfNetwork(cluster)
    using admin = await forwardPort(cluster, NAMESPACE, 'tracker-0', 4443)
    const stays = await clientThatStays(cluster, admin.port)
    t.is(stays.credential.expiresMs - stays.credential.issuedMs, LIFETIME_SECONDS * 1000)
    t.is((await stays.ask()).name, 'tracker-0')

    const checker = await startChecker(cluster, NAMESPACE, SHORT_DAPP)
    t.teardown(() => checker.stop())
    const seen = new Map<string, Set<number>>(pods.map(({ metadata: { name } }) => [name, new Set()]))
    await until('every credential renewed again', 600_000, async () => {
      for (const [pod, expiries] of seen) expiries.add(await expiryOf(cluster, pod))
      const left = [...seen].flatMap(([pod, expiries]) => (expiries.size > RENEWALS ? [] : [pod]))
      return left.length === 0 ? true : Promise.reject(new Error(`still to come: ${left.join(', ')}`))
    })
    await until('the end of the old credential', LIFETIME_SECONDS * 1000, () =>
      Promise.resolve(Date.now() > stays.credential.expiresMs ? true : undefined),
    )
    await t.throwsAsync(stays.ask(), { code: 'CREDENTIAL_EXPIRED' })
    const found = await checker.findings()
    noteInReport(t, import.meta.url, { ...found })
    t.deepEqual([found.wrong, found.unreadable, found.told], [[], [], []])
    t.true(found.done.put > 0 && found.done.get > 0)
    t.deepEqual(runsOf(await podsOfNetwork(cluster)), runsOf(pods))
  },
)
