/**
 * Two networks in one namespace: a tenant beside the sample network. Neither sees the other's names, peers, bytes or figures, even for one
 * and the same owner.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, NETWORK, waitFor } from '../../hack/cluster/network.ts'
import { connectFrom } from './connect-from.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'

const TENANT = 'tenant'
const MIB = 2 ** 20

/** Room for 256 MiB of shards, of which it may use little at first. Its pools have names of their own: they share the namespace. */
const MANIFEST = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: ${TENANT} }
---
apiVersion: lunarx.dev/v1alpha1
kind: LunarNetwork
metadata: { name: ${TENANT} }
spec:
  classes: [{ name: small, required: 2, parity: 1, survive: 1 }]
  defaultClass: small
  deletionPolicy: Delete
  clients: [{ serviceAccount: ${TENANT} }]
  quota: { storage: 12Mi }
---
apiVersion: lunarx.dev/v1alpha1
kind: Tracker
metadata: { name: ${TENANT}-tracker }
spec: { network: ${TENANT}, replicas: 1, volume: { size: 1Gi } }
---
apiVersion: lunarx.dev/v1alpha1
kind: Provider
metadata: { name: ${TENANT}-pool }
spec: { network: ${TENANT}, replicas: 4, capacity: 64Mi, volume: { size: 1Gi } }
`

/** The sample DApp with the owner secret of the other, so that only the network tells them apart. */
async function startTenant(cluster: Cluster): Promise<void> {
  await kubectl(cluster, ['apply', '-n', NAMESPACE, '-f', '-'], { input: MANIFEST })
  await kubectl(cluster, ['wait', '-n', NAMESPACE, `lnet/${TENANT}`, '--for=condition=Ready', '--timeout=300s'], { timeoutMs: 310_000 })
  const pod = readFileSync('config/samples/dapp.yaml', 'utf8')
    .replace(/image: \S*lunarx-node\S*/, `image: ${cluster.images.node}`)
    .replace('\n  name: dapp\n', `\n  name: ${TENANT}\n`)
    .replace('serviceAccountName: dapp', `serviceAccountName: ${TENANT}`)
    .replace('configMap: { name: lunar-client }', `configMap: { name: ${TENANT}-client }`)
    .replace('audience: lunarx.dev/lunar', `audience: lunarx.dev/${TENANT}`)
  await kubectl(cluster, ['apply', '-n', NAMESPACE, '-f', '-'], { input: pod })
  await kubectl(cluster, ['wait', '-n', NAMESPACE, `pod/${TENANT}`, '--for=condition=Ready', '--timeout=120s'])
}

async function stopTenant(cluster: Cluster): Promise<void> {
  const what = [`pod/${TENANT}`, `lnet/${TENANT}`, `lprv/${TENANT}-pool`, `ltrk/${TENANT}-tracker`, `serviceaccount/${TENANT}`]
  await kubectl(cluster, ['delete', '-n', NAMESPACE, '--ignore-not-found', '--grace-period=1', '--timeout=170s', ...what])
  await until('no pod and no volume of the tenant', 120_000, async () => ((await madeOf(cluster, TENANT)).length === 0 ? true : undefined))
}

interface Made {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly status?: { readonly podIP?: string }
}

const madeOf = (cluster: Cluster, network: string): Promise<Made[]> =>
  objects<Made>(cluster, ['-n', NAMESPACE, 'pods,pvc,configmaps,networkpolicies', '-l', `lunarx.dev/network=${network}`])

const run = (cluster: Cluster, pod: string, ...command: readonly string[]): Promise<string> =>
  kubectl(cluster, ['exec', '-n', NAMESPACE, pod, '--', ...command])
const shell = (cluster: Cluster, pod: string, script: string): Promise<string> => run(cluster, pod, 'sh', '-ec', `cd /home/dapp; ${script}`)

const configOf = (cluster: Cluster, network: string): Promise<string> =>
  kubectl(cluster, ['get', '-n', NAMESPACE, `configmap/${network}-client`, '-o', 'jsonpath={.data.network\\.json}'])

/** Shows the credential of the tenant to the first tracker of each network, as a client that speaks its protocol would. */
const SHOW = `
  import { openSession } from '@lunarx/client/connect'
  import { openPeers } from '@lunarx/net'
  import { readEpochs } from '@lunarx/wire'
  const { network: own, platform, identity, credential } = await openSession({}, process.env)
  for (const network of [own, ...process.argv.slice(1).map((text) => JSON.parse(text))]) {
    await using peers = await openPeers({ ...network, identity, credential: () => credential }, platform)
    const said = await peers.ask(network.trackers[0], readEpochs, {}).then(() => 'answered', (error) => error.code)
    console.log(network.network, said)
  }`

const addressOf = (made: readonly Made[], pod: string): string => made.find(({ metadata }) => metadata.name === pod)?.status?.podIP ?? ''

interface Figures {
  readonly trackers?: { readonly desired?: number; readonly reachable?: number }
  readonly providers?: { readonly desired?: number; readonly alive?: number }
  readonly sets?: { readonly total?: number }
}

async function figuresOf(cluster: Cluster, network: string): Promise<Figures> {
  const [found] = await objects<{ readonly status?: Figures }>(cluster, ['-n', NAMESPACE, 'lnet', network])
  return found?.status ?? {}
}

test.serial('two networks of one namespace do not see each other, and one that is deleted takes nothing of the other along', async (t) => {
  const cluster = await sampleNetwork()
  t.teardown(() => stopTenant(cluster))
  await startTenant(cluster)
  const tenant = (script: string): Promise<string> => shell(cluster, TENANT, script)
  const sample = (script: string): Promise<string> => shell(cluster, DAPP, script)

  // names and bytes: of one owner, and yet of one network
  await sample('head -c 3000000 /dev/urandom > tenancy; lunarx put tenancy tenancy/sample; echo of the sample | lunarx put - tenancy/note')
  await tenant('echo of the tenant | lunarx put - tenancy/note; head -c 1000000 /dev/urandom | lunarx put - tenancy/tenant')
  const names = (listed: string): string[] =>
    listed
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { name: string }).name)
      .toSorted()
  t.deepEqual(names(await sample('lunarx ls tenancy/ --json')), ['tenancy/note', 'tenancy/sample'])
  t.deepEqual(names(await tenant('lunarx ls --json')), ['tenancy/note', 'tenancy/tenant'])
  t.is(await sample('lunarx get tenancy/note -'), 'of the sample\n')
  t.is(await tenant('lunarx get tenancy/note -'), 'of the tenant\n')
  t.is((await tenant('lunarx get tenancy/sample - || echo "exit $?"')).trim(), 'exit 3', 'no such name')

  // figures: each counts its own
  const seen = await until('figures of the tenant', 180_000, async () => {
    const figures = await figuresOf(cluster, TENANT)
    return figures.sets?.total === 1 && figures.providers?.alive === 4 ? figures : undefined
  })
  t.like(seen, { trackers: { desired: 1, reachable: 1 }, providers: { desired: 4, alive: 4 } })
  t.like(await figuresOf(cluster, NETWORK), { trackers: { desired: 3, reachable: 3 }, providers: { desired: 8, alive: 8 } })

  // quota: less than the room of its pools; raised, and used below, without a restart
  const ten = `head -c ${10 * MIB} /dev/zero | lunarx put - tenancy/ten 2>&1`
  t.regex(await tenant(`${ten} || true`), /NO_ROOM.*quota/s)
  const pods = async (): Promise<string[]> =>
    (await madeOf(cluster, TENANT)).filter(({ kind }) => kind === 'Pod').map(({ metadata: { uid } }) => uid)
  const before = await pods()
  await kubectl(cluster, ['patch', '-n', NAMESPACE, `lnet/${TENANT}`, '--type=merge', '-p', '{"spec":{"quota":{"storage":"1Ti"}}}'])

  // membership: what one network has signed is nothing to the other, and its accounts cannot enrol there
  const config = await configOf(cluster, NETWORK)
  const said = await run(cluster, TENANT, 'sh', '-ec', 'cd /app && exec node --input-type=module -e "$0" -- "$1"', SHOW, config)
  t.deepEqual(said.trim().split('\n'), [`${NAMESPACE}/${TENANT} answered`, `${NAMESPACE}/${NETWORK} CREDENTIAL_REQUIRED`])
  const token = await kubectl(cluster, ['create', 'token', '-n', NAMESPACE, TENANT, '--audience', `lunarx.dev/${NETWORK}`])
  const enrol = 'printf %s "$1" > /tmp/other.json; printf %s "$2" > /tmp/other-token; lunarx ls --config /tmp/other.json --token-file'
  for (const file of ['/tmp/other-token', '/var/run/secrets/lunarx/token']) {
    const refused = await run(cluster, TENANT, 'sh', '-ec', `${enrol} ${file} --state-dir /tmp/other 2>&1 || true`, 'sh', config, token)
    t.regex(refused, /ENROLMENT_REFUSED/, file)
  }

  // ways: peers reach those of their network alone
  const [ours, theirs] = await Promise.all([madeOf(cluster, NETWORK), madeOf(cluster, TENANT)])
  const targets = [addressOf(ours, 'pool-a-0'), addressOf(ours, 'tracker-0'), addressOf(theirs, `${TENANT}-pool-0`)].flatMap((host) => [
    `${host}:4001`,
    `${host}:4002`,
  ])
  const dial = async (from: string): Promise<string[]> => Object.values(await connectFrom(cluster, NAMESPACE, from, targets))
  t.deepEqual(await dial('pool-b-0'), ['open', 'open', 'open', 'open', 'closed', 'closed'])
  t.deepEqual(await dial(`${TENANT}-pool-1`), ['closed', 'closed', 'closed', 'closed', 'open', 'open'])
  t.deepEqual(await dial(`${TENANT}-tracker-0`), ['closed', 'closed', 'closed', 'closed', 'open', 'open'])

  // quota, raised meanwhile
  await until('a network that takes what its raised quota allows', 180_000, () => tenant(ten))
  t.deepEqual(await pods(), before)
  await tenant('lunarx rm tenancy/ten')

  // room: what its pools hold is all that a network can take, and it takes none of the other's
  const large = `head -c ${192 * MIB} /dev/zero | lunarx put - tenancy/large 2>&1`
  t.regex(await tenant(`${large} || true`), /NO_ROOM/)
  t.deepEqual(names(await tenant('lunarx ls --json')), ['tenancy/note', 'tenancy/tenant'])
  await sample(large)

  // an end: all of the tenant goes, volumes included, and nothing of the other
  const uids = (made: readonly Made[]): string[] => made.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid}`).toSorted()
  await stopTenant(cluster)
  t.deepEqual(uids(await madeOf(cluster, NETWORK)), uids(ours))
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  t.is(await sample('lunarx get tenancy/sample - | cmp - tenancy && lunarx get tenancy/note -'), 'of the sample\n')
  await sample('for name in sample note large; do lunarx rm tenancy/$name; done')
})
