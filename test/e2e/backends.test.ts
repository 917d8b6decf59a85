/**
 * One object over volumes, a bucket and HDFS: config/samples/mixed-network.yaml, with real servers on this machine. Each of them is
 * made to fail; what is stored stays readable.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Client } from 'minio'
import { kubectl, objects, tool, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { destroyProvider, inDapp, MONITORING, restrictPods, startDapp, waitFor, type Condition } from '../../hack/cluster/network.ts'
import { ownAddress } from '../../hack/cluster/own-address.ts'
import { readAlerts } from '../../hack/observe/alerts.ts'
import { DASHBOARDS } from '../../hack/observe/dashboards.ts'
import { startHdfs, type Hdfs } from '../../hack/servers/hdfs.ts'
import { startMinio } from '../../hack/servers/minio.ts'
import type { S3Server } from '../../hack/servers/s3-server.ts'
import { asSuperuser } from '../conformance/objects-hdfs.ts'
import { scratchFolder } from '../interop/scratch.ts'
import { EXCHANGES_OF, SERVICES, servicesOf, traceOf } from '../interop/traces.ts'
import { testCluster } from './cluster.ts'
import { connectFrom } from './connect-from.ts'
import { startCollectorPod, tracingTo } from './collector.ts'
import { installThisTree } from './network.ts'
import { lunarxPlugin } from './plugin.ts'
import { startPrometheus } from './prometheus.ts'
import { isFullRun, noteInReport } from './report.ts'
import { assertNoSecretsIn } from './secrets.ts'

const NAMESPACE = 'backends'
const TRACES = 'traces'
const BUCKET = 'lunar-shards'
const DATA_NODES = 2
const REMOTE = ['pool-s3', 'pool-hdfs']

const opened = new AsyncDisposableStack()
let cluster: Cluster
let folder: string
let host: string
let minio: S3Server
let hdfs: Hdfs

/** Every secret key that the bucket ever had: what it is → the key. */
const secretKeys: Record<string, string> = {}

async function startS3(again: { readonly port?: number; readonly password?: string } = {}): Promise<S3Server> {
  const server = await startMinio({ folder: join(folder, 'minio'), drives: 1, parity: 0, host, ...again })
  secretKeys[again.password === undefined ? 'first key of the bucket' : 'later key of the bucket'] = server.password
  return server
}

test.before('servers start, the operator is installed', async () => {
  cluster = testCluster()
  host = await ownAddress(cluster)
  folder = opened.use(await scratchFolder()).path
  const installing = installThisTree(cluster)
  installing.catch(() => undefined) // waited for below, unless a server has failed before
  minio = await startS3()
  opened.defer(() => minio[Symbol.asyncDispose]())
  hdfs = opened.use(await startHdfs({ folder: join(folder, 'hdfs'), nameNodes: 1, dataNodes: DATA_NODES, replication: DATA_NODES, host }))
  await installing
})
test.after.always('servers stop', async () => {
  if (cluster) await kubectl(cluster, ['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false'])
  await opened.disposeAsync()
})

async function prepareServers(): Promise<void> {
  const { hostname, port } = new URL(minio.url)
  const keys = { accessKey: minio.user, secretKey: minio.password }
  await new Client({ endPoint: hostname, port: Number(port), useSSL: false, region: 'us-east-1', ...keys }).makeBucket(BUCKET)
  const [nameNode = ''] = hdfs.urls
  await asSuperuser(nameNode, 'PUT', '/lunarx', { op: 'MKDIRS' })
  await asSuperuser(nameNode, 'PUT', '/lunarx', { op: 'SETOWNER', owner: 'lunarx' })
}

/** What finds the loss of one leaf in 500 within six hours: a provider is drawn every nine seconds, and not every three minutes. */
const AUDIT = '{ enabled: true, lostPerMille: 2, withinHours: 6 }'

/** The sample, with the servers of this test, with audits, and with a collector that comes later. */
const manifest = (): string =>
  readFileSync('config/samples/mixed-network.yaml', 'utf8')
    .replace('http://minio.minio.svc:9000', minio.url)
    .replace('http://namenode.hadoop.svc:9870', hdfs.urls[0] ?? '')
    .replace('  defaultClass: standard\n', `  defaultClass: standard\n  audit: ${AUDIT}\n  tracing: ${JSON.stringify(tracingTo(TRACES))}\n`)

interface Stated {
  readonly metadata: { readonly name: string }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly overhead?: { readonly code: string; readonly effective: string; readonly unstated?: readonly string[] }
  }
}

const stateOf = async (kind: string, name: string): Promise<Stated | undefined> =>
  (await objects<Stated>(cluster, ['-n', NAMESPACE, kind, name]))[0]
const conditionOf = async (pool: string, type: string): Promise<Condition | undefined> =>
  (await stateOf('lprv', pool))?.status?.conditions?.find((one) => one.type === type)

interface LiveProvider {
  readonly name: string
  readonly store: string | null
  readonly shards: number
  readonly state: string
  readonly declaredLost: boolean
}

/** What the trackers see. */
const providers = async (): Promise<LiveProvider[]> =>
  (JSON.parse(await shell('lunarx status --json')) as { providers: LiveProvider[] }).providers.filter(({ declaredLost }) => !declaredLost)

const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
async function assertReads(t: ExecutionContext, name: string): Promise<void> {
  t.is(await shell(`lunarx get ${name} - | sha256sum`), await shell(`sha256sum < /home/dapp/${name}`))
}

test.serial('a Secret that is missing is named in a condition and an event; when it is there, pods start by themselves', async (t) => {
  await prepareServers()
  await kubectl(cluster, ['create', 'namespace', NAMESPACE])
  await restrictPods(cluster, NAMESPACE)
  await kubectl(cluster, ['apply', '-n', NAMESPACE, '-f', '-'], { input: manifest() })
  const appliedMs = performance.now()
  const missing = await until('Ready to say that the Secret is missing', 120_000, async () => {
    const condition = await conditionOf('pool-s3', 'Ready')
    // pods start first, and a busy kubelet may have another complaint, of which nothing is left soon
    if (condition?.status === 'False' && condition.reason !== 'SecretMissing') throw new Error(condition.message)
    return condition?.status === 'False' ? condition : undefined
  })
  const namedSeconds = Math.round((performance.now() - appliedMs) / 1000)
  noteInReport(t, import.meta.url, { missingSecretNamedSeconds: namedSeconds })
  if (isFullRun) t.true(namedSeconds <= 30, `${namedSeconds} s`)
  t.regex(missing.message, /no Secret s3-keys in namespace backends: make it with accessKey and secretKey/)
  t.like(await conditionOf('pool-s3', 'BackendReady'), { status: 'False', reason: 'SecretMissing', message: missing.message })
  const events = await kubectl(cluster, ['get', 'events', '-n', NAMESPACE, '--field-selector', 'involvedObject.name=pool-s3'])
  t.regex(events, /SecretMissing/)
  const keys = [`--from-literal=accessKey=${minio.user}`, `--from-literal=secretKey=${minio.password}`]
  await kubectl(cluster, ['create', 'secret', 'generic', 's3-keys', '-n', NAMESPACE, ...keys])
  for (const pool of REMOTE)
    await kubectl(cluster, ['wait', '-n', NAMESPACE, `lprv/${pool}`, '--for=condition=BackendReady', '--timeout=180s'], {
      timeoutMs: 190_000,
    })
  await waitFor(cluster, NAMESPACE, 'Ready', 180)
  await startDapp(cluster, NAMESPACE)
})

test.serial('one object lies on volumes, in the bucket and in HDFS; each store is one failure domain', async (t) => {
  await shell('head -c 96M /dev/urandom > /home/dapp/mixed && lunarx put /home/dapp/mixed mixed')
  await assertReads(t, 'mixed')
  const live = await until('every pool to hold shards', 60_000, async () => {
    const seen = await providers()
    const holding = (pool: string) => seen.some(({ name, shards }) => name.startsWith(pool) && shards > 0)
    return ['pool-volume', ...REMOTE].every(holding) ? seen : undefined
  })
  const storesOf = (pool: string) => [...new Set(live.filter(({ name }) => name.startsWith(pool)).map(({ store }) => store))]
  t.deepEqual(storesOf('pool-volume'), [null])
  for (const pool of REMOTE) t.regex(storesOf(pool).join(' '), /^[0-9a-f]{32}$/)
  t.notDeepEqual(storesOf('pool-s3'), storesOf('pool-hdfs'))
  const overhead = await until('the overhead', 90_000, async () => (await stateOf('lnet', 'lunar'))?.status?.overhead)
  t.is(overhead.code, '1.5')
  t.true(Number(overhead.effective) > 1.5 * 1.2 && Number(overhead.effective) < 1.5 * 1.5, overhead.effective)
  t.is(overhead.unstated, undefined)
})

interface Addressed {
  readonly status: { readonly podIP?: string }
}
interface EndpointSlice {
  readonly endpoints: readonly { readonly addresses: readonly string[] }[]
  readonly ports: readonly { readonly port: number }[]
}

/** A tracker where its admin API is, which is open to pods of its namespace, and the API server. */
async function addressesOfOthers(): Promise<string[]> {
  const [tracker] = await objects<Addressed>(cluster, ['-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/component=tracker'])
  const [apiServer] = await objects<EndpointSlice>(cluster, ['-n', 'default', 'endpointslices', 'kubernetes'])
  return [`${tracker?.status.podIP}:4443`, `${apiServer?.endpoints[0]?.addresses[0]}:${apiServer?.ports[0]?.port}`]
}

/** It stays for the tests that follow. */
test.serial('egressTo: the pods of a pool reach their store at its address, nobody at another, and none is restarted for it', async (t) => {
  const [others, pods] = [await addressesOfOthers(), await Promise.all(REMOTE.map(podsOf))]
  const shardsIn = async (pool: string) =>
    (await providers()).reduce((sum, { name, shards }) => sum + (name.startsWith(pool) ? shards : 0), 0)
  const before = await Promise.all(REMOTE.map(shardsIn))
  /** Of each pool: its store, and the others. */
  const seenFrom = async (): Promise<string[]> => {
    const seen = [minio.url, hdfs.urls[0] ?? ''].map((url, i) =>
      connectFrom(cluster, NAMESPACE, `${REMOTE[i]}-0`, [new URL(url).host, ...others]),
    )
    return (await Promise.all(seen)).map((one) => Object.values(one).join(' '))
  }
  t.deepEqual(await seenFrom(), ['open open open', 'open open open'], 'unset: anywhere')
  for (const pool of REMOTE)
    await kubectl(cluster, ['patch', '-n', NAMESPACE, `lprv/${pool}`, '--type=merge', '-p', `{"spec":{"egressTo":["${host}/32"]}}`])
  await until('the store alone', 60_000, async () => {
    const seen = await seenFrom()
    return seen.every((one) => one === 'open closed closed') ? true : Promise.reject(new Error(seen.join(', ')))
  })
  await shell('head -c 1M /dev/urandom > /home/dapp/limited && lunarx put /home/dapp/limited limited')
  await assertReads(t, 'limited')
  await until('new shards in both stores', 60_000, async () => {
    const now = await Promise.all(REMOTE.map(shardsIn))
    return now.every((shards, i) => shards > (before[i] ?? 0))
      ? true
      : Promise.reject(new Error(`${now.join(' ')}, before ${before.join(' ')}`))
  })
  t.deepEqual(await Promise.all(REMOTE.map(podsOf)), pods)
})

test.serial('a put and a get are each one trace of client, tracker and provider, at a real collector in the cluster', async (t) => {
  if (cluster.lab === undefined) {
    t.pass('the collector is mounted from this machine, which only the nodes of the lab can')
    return
  }
  const collector = await startCollectorPod(cluster, TRACES)
  opened.defer(() => kubectl(cluster, ['delete', 'namespace', TRACES, '--wait=false']).then(() => undefined))
  await shell('head -c 1M /dev/urandom > /home/dapp/traced && lunarx put /home/dapp/traced untraced && lunarx get untraced - > /dev/null')
  const asked = `export OTEL_EXPORTER_OTLP_ENDPOINT=${collector.endpoint}`
  await shell(`${asked}; lunarx put /home/dapp/traced traced && lunarx get traced - > /dev/null`)
  for (const [operation, exchanges] of EXCHANGES_OF) {
    const trace = await traceOf(collector, operation, exchanges)
    t.deepEqual(servicesOf(trace), SERVICES)
    t.is(trace.filter(({ parentId }) => parentId === '').length, 1)
    // what a client does not ask to be traced is not
    t.is((await collector.spans()).filter(({ name }) => name === operation).length, 1)
  }
})

interface AuditedProvider {
  readonly pod: string
  readonly isOrdered: boolean
  readonly found: { readonly order?: { readonly id: string; readonly proved: number; readonly disproved: number } } | null
}

test.serial('kubectl lunarx audit --now has a provider asked at once, and says what came of it', async (t) => {
  const lunarx = lunarxPlugin(cluster, NAMESPACE)
  t.teardown(() => lunarx[Symbol.dispose]())
  const [victim] = (await providers()).toSorted((a, b) => b.shards - a.shards)
  const { name = '', shards = 0 } = victim ?? {}
  t.true(shards > 0)
  const ordered = await lunarx.json<{ readonly pod: string; readonly order: string }>('audit', name, '--now')
  t.is(ordered.pod, name)
  const audited = await until('the audit to be over', 180_000, async () => {
    const one = await lunarx.json<AuditedProvider>('audit', name)
    return one.found?.order?.id === ordered.order ? one : undefined
  })
  t.false(audited.isOrdered)
  t.true((audited.found?.order?.proved ?? 0) > 0)
  t.is(audited.found?.order?.disproved, 0)
  t.regex((await lunarx.say('audit', name)).out, /On order: of \d+ leaves \d+ proved, 0 disproved/)
  const all = await lunarx.say('audit')
  t.is(all.exit, 0)
  t.regex(all.out, /^(AUDITED: every provider|UNDER WAY: nothing counts against anyone)/)
})

interface KeptList {
  readonly transcripts: readonly { readonly id: string; readonly pod: string | null; readonly trackers: readonly string[] }[]
}
interface Fetched {
  readonly round: number | null
  readonly judge: string
}

/** `lunarx verify …` on this machine: what it says. */
const judged = (command: string): Promise<string> => {
  const [, ...args] = command.split(' ')
  return tool(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', 'node/cli/main.ts', ...args], process.env)
}

test.serial('kubectl lunarx transcript fetches what a tracker keeps, and lunarx verify accepts it, here and in a pod', async (t) => {
  using lunarx = lunarxPlugin(cluster, NAMESPACE)
  const [file, round] = [join(folder, 'transcript.txt'), join(folder, 'round.txt')]
  const kept = await until('a transcript that some tracker keeps', 300_000, async () => {
    const { transcripts } = await lunarx.json<KeptList>('audit', '--transcripts')
    return transcripts.find(({ pod }) => pod !== null)
  })
  t.true(kept.trackers.length > 0)
  t.regex((await lunarx.say('audit', kept.pod ?? '', '--transcripts')).out, new RegExp(kept.id))

  const fetched = await lunarx.json<Fetched>('transcript', kept.id, file)
  t.regex(await judged(fetched.judge), new RegExp(`transcript: +${kept.id}`))
  const { out: text } = await lunarx.say('transcript', kept.id)
  t.is(text, readFileSync(file, 'utf8'))
  const inPod = ['exec', '-i', '-n', NAMESPACE, kept.pod ?? '', '--', 'lunarx', 'verify', '-']
  t.regex(await kubectl(cluster, inPod, { input: text }), new RegExp(`transcript: +${kept.id}`))
  t.regex((await lunarx.say('transcript', kept.pod ?? '')).out, /^[A-Za-z0-9+/]+=*\n$/)

  // a network of some minutes has no beacon yet, unless the hour has changed since
  const drawn = await lunarx.say('transcript', kept.id, `${file}.again`, '--beacon', round)
  if (fetched.round === null) {
    t.is(drawn.exit, 1)
    t.regex(drawn.err, /no round of the beacon stands behind/)
  } else t.regex(await judged(/Judge it offline: (.*)\n$/.exec(drawn.out)?.[1] ?? ''), /drawn: +number/)
})

interface TrackerWithVerifiers {
  readonly status?: { readonly verifiers?: { readonly replicas: number; readonly ready: number } }
}
interface Announced {
  readonly audit?: { readonly verifiers: { readonly known: number; readonly silent: number } }
}

const wishVerifiers = (replicas: number): Promise<string> =>
  kubectl(cluster, ['patch', '-n', NAMESPACE, 'ltrk/tracker', '--type=merge', '-p', JSON.stringify({ spec: { verifiers: { replicas } } })])
const OF_VERIFIERS = ['-l', 'app.kubernetes.io/component=verifier']

/** Leaves of which the pod brought back an answer that it signed as right. */
async function provedBy(pod: string): Promise<number> {
  const metrics = await kubectl(cluster, ['exec', '-n', NAMESPACE, pod, '--', 'node', '-e', READ_METRICS])
  return Number(/^lunarx_verifier_verdicts_total\{asked="leaf",verdict="proved"\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}
const READ_METRICS = `fetch('http://127.0.0.1:8080/metrics').then((answer) => answer.text()).then(console.log)`

test.serial('a verifier that the Tracker asks for enrols, asks providers what trackers drew for it, and goes with its key', async (t) => {
  await wishVerifiers(1)
  await kubectl(cluster, ['wait', '-n', NAMESPACE, 'ltrk/tracker', '--for=condition=VerifiersReady', '--timeout=180s'], {
    timeoutMs: 190_000,
  })
  const [tracker] = await objects<TrackerWithVerifiers>(cluster, ['-n', NAMESPACE, 'ltrk', 'tracker'])
  t.deepEqual(tracker?.status?.verifiers, { replicas: 1, ready: 1 })
  const proved = await until('a leaf that it proved', 180_000, async () => (await provedBy('tracker-verifier-0')) || undefined)
  t.true(proved > 0)
  const { audit } = JSON.parse(await shell('lunarx status --json')) as Announced
  t.deepEqual(audit?.verifiers, { known: 1, silent: 0 })
  t.regex(await shell('lunarx status'), /^verifiers {2}1 known, 0 silent$/m)
  t.deepEqual(await assertNoSecretsIn(t, cluster, NAMESPACE, secretKeys), ['operator', 'provider', 'tracker', 'verifier'])
  await wishVerifiers(0)
  await until('neither pod nor claim', 120_000, async () => {
    const left = await objects(cluster, ['-n', NAMESPACE, 'pods,pvc', ...OF_VERIFIERS])
    return left.length === 0 ? true : undefined
  })
})

test.serial('the bucket’s server is stopped: data stays readable; it is started again: all is whole', async (t) => {
  const port = Number(new URL(minio.url).port)
  await minio[Symbol.asyncDispose]()
  await assertReads(t, 'mixed')
  minio = await startS3({ port })
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  await shell('head -c 40M /dev/urandom > /home/dapp/after && lunarx put /home/dapp/after after')
  await assertReads(t, 'after')
})

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] }
}
const podsOf = async (pool: string): Promise<string[]> => {
  const pods = await objects<Pod>(cluster, ['-n', NAMESPACE, 'pods', '-l', `app.kubernetes.io/instance=${pool}`])
  return pods.map(({ metadata, status }) => `${metadata.uid} restarted ${status.containerStatuses?.[0]?.restartCount ?? 0} times`)
}

test.serial('the keys of the bucket are changed, on the server and in the Secret: pods go on, without a restart', async (t) => {
  const inBucket = async () => (await providers()).reduce((sum, { name, shards }) => sum + (name.startsWith('pool-s3') ? shards : 0), 0)
  const [pods, before] = [await podsOf('pool-s3'), await inBucket()]
  const port = Number(new URL(minio.url).port)
  await minio[Symbol.asyncDispose]()
  minio = await startS3({ port, password: 'another-secret' })
  await assertReads(t, 'mixed')
  const secretKey = Buffer.from(minio.password).toString('base64')
  await kubectl(cluster, ['patch', 'secret', 's3-keys', '-n', NAMESPACE, '-p', JSON.stringify({ data: { secretKey } })])
  await until('shards in the bucket under the new keys', 300_000, async () => {
    await shell('lunarx put /home/dapp/after rotated')
    return (await inBucket()) > before ? true : undefined
  })
  await assertReads(t, 'mixed')
  t.deepEqual(await podsOf('pool-s3'), pods)
})

test.serial('HDFS is killed: data stays readable, by what the bucket holds too; it is started again: all is whole', async (t) => {
  const nodes = [...hdfs.nameNodes, ...hdfs.dataNodes]
  await Promise.all(nodes.map(({ daemon }) => daemon.kill()))
  await assertReads(t, 'mixed')
  await assertReads(t, 'after')
  await Promise.all(nodes.map((node) => hdfs.restart(node)))
  await hdfs.ready(0, DATA_NODES)
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  await shell('head -c 40M /dev/urandom > /home/dapp/again && lunarx put /home/dapp/again again')
  await assertReads(t, 'again')
})

const PANELS = DASHBOARDS.flatMap(({ rows }) =>
  rows.flatMap(({ panels }) => panels.flatMap(({ title, queries }) => queries.map(({ expr }) => ({ title, expr })))),
)

test.serial('a real Prometheus scrapes all of it: every panel of the dashboards has data, every alert can be judged', async (t) => {
  if (cluster.lab === undefined) {
    t.pass('Prometheus is mounted from this machine, which only the nodes of the lab can')
    return
  }
  const prometheus = await startPrometheus(cluster, [NAMESPACE])
  opened.defer(() => kubectl(cluster, ['delete', 'namespace', MONITORING, '--wait=false']).then(() => undefined))
  await shell('lunarx put /home/dapp/after watched && lunarx get watched - > /dev/null')
  const missing = async (): Promise<string[]> => {
    const answers = await Promise.all(
      PANELS.map(async ({ title, expr }) => {
        const query = expr.replaceAll('$network', '.+').replaceAll('$__rate_interval', '1m')
        return (await prometheus.query(query)).length > 0 ? [] : [`${title}: ${query}`]
      }),
    )
    return answers.flat()
  }
  const left = await until('data for every panel', 90_000, async () => {
    const titles = await missing()
    return titles.length === 0 ? titles : Promise.reject(new Error(titles.join('\n')))
  })
  t.deepEqual(left, [])
  t.is((await prometheus.query('up == 0')).length, 0)
  t.deepEqual(
    (await prometheus.query('count by (network) (lunarx_tracker_epoch)')).map((one) => (one as { metric: object }).metric),
    [{ network: `${NAMESPACE}/lunar` }],
  )
  const rules = await until('the alerts', 30_000, async () => {
    const health = await prometheus.rules()
    return health.size > 0 && [...health.values()].every((one) => one !== 'unknown') ? health : undefined
  })
  t.deepEqual(
    [...rules.keys()].toSorted(),
    readAlerts()
      .map(({ alert }) => alert)
      .toSorted(),
  )
  t.deepEqual(new Set(rules.values()), new Set(['ok']))
})

test.serial('a pod of the bucket’s pool loses its volume: as another peer it holds its shards again', async (t) => {
  await waitFor(cluster, NAMESPACE, 'Healthy', 120)
  const victim = (await providers()).filter(({ name }) => name.startsWith('pool-s3')).toSorted((a, b) => b.shards - a.shards)[0]
  t.true((victim?.shards ?? 0) > 0)
  const { name = '', shards = 0 } = victim ?? {}
  await destroyProvider(cluster, NAMESPACE, name)
  await until('its shards under another peer', 180_000, async () =>
    (await providers()).some((one) => one.name === name && one.state === 'alive' && one.shards >= shards) ? true : undefined,
  )
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  await assertReads(t, 'mixed')
})

test.serial('the kind of backend cannot be changed by edit', async (t) => {
  const patch = JSON.stringify({ spec: { backend: { s3: null, volume: {} } } })
  const refused = kubectl(cluster, ['patch', '-n', NAMESPACE, 'lprv/pool-s3', '--type=merge', '-p', patch])
  t.regex(String(await t.throwsAsync(refused)), /the kind of backend is immutable/)
})

test.serial('no log of a pod has a key, a token or an owner secret, after all that failed', async (t) => {
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  t.is(Object.keys(secretKeys).length, 2)
  t.deepEqual(await assertNoSecretsIn(t, cluster, NAMESPACE, secretKeys), ['operator', 'provider', 'tracker'])
})
