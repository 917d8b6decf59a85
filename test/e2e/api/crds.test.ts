/**
 * The CRDs on a real API server: served, structural, defaulted, refusing what they should with their own message.
 *
 * @module
 */
import { pathOf, type Connection, type KubeObject, type ResourceKind } from '@lunarx/operator/kube'
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import test from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { kubectl } from '../../../hack/cluster/cluster.ts'
import { testCluster } from '../cluster.ts'
import { OURS } from './operator.ts'
import { CRD_KIND, installCrds, makeNamespace, openCluster, removeNamespace, type Conditioned } from './cluster.ts'

const ROOT = join(import.meta.dirname, '../../..')
const cluster = openCluster()
const { client, connection } = cluster
let namespace = ''

test.before(async () => {
  await installCrds(cluster)
  namespace = await makeNamespace(cluster, 'crds')
})
test.after.always(() => removeNamespace(cluster, namespace))

const KINDS_BY_NAME: Readonly<Record<string, ResourceKind>> = {
  LunarNetwork: LUNAR_KINDS.network,
  Tracker: LUNAR_KINDS.tracker,
  Provider: LUNAR_KINDS.provider,
  ServiceAccount: { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
}

const kindOf = (object: KubeObject): ResourceKind => {
  const kind = KINDS_BY_NAME[object.kind]
  if (kind === undefined) throw new Error(`no kind ${object.kind}`)
  return kind
}

/** A creation that is judged in full, unknown fields included, and not carried out. */
function dryRun(link: Connection, object: KubeObject) {
  const path = `${pathOf(kindOf(object), { namespace })}?dryRun=All&fieldValidation=Strict`
  return link.send({ method: 'POST', path, body: JSON.stringify({ ...object, metadata: { ...object.metadata, namespace } }) })
}

for (const kind of ['network', 'tracker', 'provider'] as const) {
  test(`${LUNAR_KINDS[kind].kind} is established, structural and small`, async (t) => {
    const crd = await client.get<Conditioned>(CRD_KIND, { name: `${LUNAR_KINDS[kind].plural}.lunarx.dev` })
    const conditions = crd?.status?.conditions ?? []
    t.true(conditions.some(({ type, status }) => type === 'Established' && status === 'True'))
    t.false(conditions.some(({ type }) => type === 'NonStructuralSchema'))
    t.true(JSON.stringify(crd).length < 256 * 1024)
  })
}

const bad = readdirSync(join(ROOT, 'test/bad'))
test('there are bad manifests', (t) => t.true(bad.length >= 10))
for (const file of bad) {
  test(`test/bad/${file} is refused with its own message`, async (t) => {
    const text = readFileSync(join(ROOT, 'test/bad', file), 'utf8')
    const expected = /^# refused with: (.+)$/m.exec(text)?.[1]
    const { status, body } = await dryRun(connection, parse(text) as KubeObject)
    t.is(status, 422, body)
    t.true((JSON.parse(body) as { message: string }).message.includes(expected ?? 'no message is expected'), body)
  })
}

const documentsOf = (sample: string): KubeObject[] =>
  parseAllDocuments(readFileSync(join(ROOT, 'config/samples', sample), 'utf8')).map((document) => document.toJS() as KubeObject)

test('the sample passes a strict dry run, with its defaults filled in', async (t) => {
  const documents = documentsOf('lunar-network.yaml')
  t.true(documents.length >= 5)
  for (const document of documents) {
    const { status, body } = await dryRun(connection, document)
    t.is(status, 201, body)
    if (document.kind === 'LunarNetwork')
      t.deepEqual((JSON.parse(body) as { spec: { detection: unknown } }).spec.detection, {
        heartbeatSeconds: 5,
        suspectSeconds: 15,
        lostSeconds: 60,
      })
  }
})

const lunar = (kind: string, name: string, spec: unknown): KubeObject => ({
  apiVersion: 'lunarx.dev/v1alpha1',
  kind,
  metadata: { name, namespace, annotations: OURS },
  spec,
})
const classes = [{ name: 'standard', required: 4, parity: 2 }]

const bucket = (name: string) =>
  lunar('Provider', name, {
    network: 'a',
    capacity: '1Gi',
    backend: { s3: { endpoint: 'http://minio:9000', bucket: 'shards', prefix: 'pools/a', credentialsSecret: { name: 'keys' } } },
  })
const hdfs = (name: string) =>
  lunar('Provider', name, { network: 'a', capacity: '1Gi', backend: { hdfs: { urls: ['http://nn:9870'], root: '/lunarx', user: 'x' } } })
const placed = /immutable, because shards lie there/

const changes: [title: string, make: () => KubeObject, change: unknown, message: RegExp][] = [
  [
    'a shrinking volume',
    () => lunar('Provider', 'shrink', { network: 'a', volume: { size: '2Gi' } }),
    { volume: { size: '1Gi' } },
    /may grow but not shrink/,
  ],
  [
    'another storage class',
    () => lunar('Provider', 'class', { network: 'a', volume: { storageClassName: 'x' } }),
    { volume: { storageClassName: 'y' } },
    /storageClassName is immutable/,
  ],
  [
    'a storage class set later',
    () => lunar('Tracker', 'later', { network: 'a' }),
    { volume: { storageClassName: 'y' } },
    /storageClassName is immutable/,
  ],
  [
    'a service taken away',
    () => lunar('Provider', 'service', { network: 'a' }),
    { services: ['storage'] },
    /services cannot be taken away/,
  ],
  ['another network', () => lunar('Provider', 'move', { network: 'a' }), { network: 'b' }, /network is immutable/],
  [
    'another failure domain key',
    () => lunar('LunarNetwork', 'key', { classes, defaultClass: 'standard' }),
    { failureDomainKey: 'topology.kubernetes.io/zone' },
    /failureDomainKey is immutable/,
  ],
  ['another host of the endpoint', () => bucket('host'), { backend: { s3: { endpoint: 'http://other:9000' } } }, placed],
  ['another bucket', () => bucket('bucket'), { backend: { s3: { bucket: 'other' } } }, placed],
  ['another prefix', () => bucket('prefix'), { backend: { s3: { prefix: 'pools/b' } } }, placed],
  ['no prefix any more', () => bucket('bare'), { backend: { s3: { prefix: null } } }, placed],
  ['another HDFS root', () => hdfs('root'), { backend: { hdfs: { root: '/other' } } }, placed],
  [
    'another kind of backend',
    () => bucket('kind'),
    { backend: { s3: null, hdfs: { urls: ['http://nn:9870'], root: '/lunarx' } } },
    /the kind of backend is immutable/,
  ],
  [
    'a backend for a pool on volumes',
    () => lunar('Provider', 'late', { network: 'a', capacity: '1Gi' }),
    { backend: { volume: null, hdfs: { urls: ['http://nn:9870'], root: '/lunarx' } } },
    /the kind of backend is immutable/,
  ],
]
for (const [title, make, change, message] of changes) {
  test(`refused as a change: ${title}`, async (t) => {
    const object = await client.create(kindOf(make()), make())
    const error = await t.throwsAsync(client.merge(kindOf(object), { namespace, name: object.metadata.name }, { spec: change }))
    t.regex(error.message, message)
  })
}

test('a volume may grow', async (t) => {
  const object = await client.create(LUNAR_KINDS.provider, lunar('Provider', 'grow', { network: 'a', volume: { size: '900Mi' } }))
  const grown = await client.merge<KubeObject>(
    LUNAR_KINDS.provider,
    { namespace, name: object.metadata.name },
    { spec: { volume: { size: '1Gi' } } },
  )
  t.like(grown.spec, { volume: { size: '1Gi' } })
})

test('credentials, port, name nodes and what the store adds may change', async (t) => {
  const s3 = { endpoint: 'https://minio:9443', credentialsSecret: { name: 'others' }, caSecret: { name: 'ca' }, overhead: '1.4' }
  await client.create(LUNAR_KINDS.provider, bucket('rotate'))
  const rotated = await client.merge<KubeObject>(LUNAR_KINDS.provider, { namespace, name: 'rotate' }, { spec: { backend: { s3 } } })
  t.like(rotated.spec, { backend: { s3: { ...s3, caSecret: { name: 'ca', key: 'ca.crt' }, region: 'us-east-1' } } })
  await client.create(LUNAR_KINDS.provider, hdfs('nodes'))
  const moved = { urls: ['http://nn-0:9870', 'http://nn-1:9870'], user: null, tokenSecret: { name: 'token' } }
  await t.notThrowsAsync(client.merge(LUNAR_KINDS.provider, { namespace, name: 'nodes' }, { spec: { backend: { hdfs: moved } } }))
})

test('a pool that names no backend keeps its shards on its volumes', async (t) => {
  const made = await client.create<KubeObject>(LUNAR_KINDS.provider, lunar('Provider', 'plain', { network: 'a' }))
  t.like(made.spec, { backend: { volume: {} } })
})

test('the scale subresource scales', async (t) => {
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'scale', { network: 'a', replicas: 2 }))
  const place = { namespace, name: 'scale', subresource: 'scale' }
  await client.merge(LUNAR_KINDS.provider, place, { spec: { replicas: 5 } })
  const scaled = await client.get<KubeObject>(LUNAR_KINDS.provider, { namespace, name: 'scale' })
  t.like(scaled?.spec, { replicas: 5 })
})

const cli = (...args: readonly string[]): Promise<string> => kubectl(testCluster(), args)

for (const [short, title] of [
  ['lnet', 'LunarNetwork'],
  ['ltrk', 'Tracker'],
  ['lprv', 'Provider'],
] as const) {
  test(`kubectl explain ${short}: every field of ${title} has a description`, async (t) => {
    const listed = await cli('explain', short, '--recursive')
    t.regex(listed, new RegExp(`KIND: +${title}`))
    const fields = [...listed.matchAll(/^ {2}(\s*)(\w+)\t</gm)].map(([, indent = '', name = '']) => ({ depth: indent.length / 2, name }))
    t.true(fields.length > 20, listed)
    const crd = (await client.get<KubeObject>(CRD_KIND, { name: `${kindNamed(title).plural}.lunarx.dev` }))?.spec as {
      readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[]
    }
    const bare = undescribed(crd.versions[0]?.schema.openAPIV3Schema ?? {}, title).filter((path) => path !== `${title}.metadata`)
    t.deepEqual(bare, [])
  })
}

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema
}
/** Paths of the fields without a description, as the server holds them. */
function undescribed(schema: Schema, path: string): string[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ...(field.description === undefined ? [`${path}.${name}`] : []),
    ...undescribed(field, `${path}.${name}`),
  ])
  return [schema.items, schema.additionalProperties].reduce<string[]>(
    (all, inner) => (inner ? [...all, ...undescribed(inner, path)] : all),
    fields,
  )
}
const kindNamed = (title: string): ResourceKind => {
  const kind = KINDS_BY_NAME[title]
  if (kind === undefined) throw new Error(title)
  return kind
}

test('kubectl get lunarx shows all kinds by their category, with columns that say how they are', async (t) => {
  await client.create(LUNAR_KINDS.network, lunar('LunarNetwork', 'shown', { classes, defaultClass: 'standard' }))
  await client.create(LUNAR_KINDS.tracker, lunar('Tracker', 'shown-tracker', { network: 'shown' }))
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'shown-pool', { network: 'shown' }))
  const all = await cli('get', 'lunarx', '-A')
  for (const name of ['lunarnetwork.lunarx.dev/shown', 'tracker.lunarx.dev/shown-tracker', 'provider.lunarx.dev/shown-pool'])
    t.true(all.includes(name), all)
  for (const short of ['lnet', 'ltrk', 'lprv']) {
    const [plain = ''] = (await cli('get', short, '-n', namespace)).split('\n')
    for (const column of ['READY', 'HEALTHY', 'VERSION', 'AGE', ...(short === 'ltrk' ? [] : ['CAPACITY'])])
      t.true(plain.includes(column), `${short}: ${plain}`)
    const [wide = ''] = (await cli('get', short, '-n', namespace, '-o', 'wide')).split('\n')
    t.true(wide.includes('REASON') && wide.length > plain.length, `${short}: ${wide}`)
  }
})

test('defaults appear in a creation that is not carried out', async (t) => {
  const manifest = join(ROOT, 'config/samples/small.yaml')
  const shown = await cli('create', '-n', namespace, '--dry-run=server', '-o', 'yaml', '-f', manifest)
  const network = parseAllDocuments(shown)
    .map((document) => document.toJS() as KubeObject)
    .find(({ kind }) => kind === 'LunarNetwork')
  t.like(network?.spec, { deletionPolicy: 'Retain', failureDomainKey: 'kubernetes.io/hostname', detection: { lostSeconds: 60 } })
})
