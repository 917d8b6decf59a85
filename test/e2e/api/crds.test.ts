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

test('the sample passes a strict dry run, with its defaults filled in', async (t) => {
  const documents = parseAllDocuments(readFileSync(join(ROOT, 'config/samples/lunar-network.yaml'), 'utf8')).map(
    (document) => document.toJS() as KubeObject,
  )
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
  ['another network', () => lunar('Provider', 'move', { network: 'a' }), { network: 'b' }, /network is immutable/],
  [
    'another failure domain key',
    () => lunar('LunarNetwork', 'key', { classes, defaultClass: 'standard' }),
    { failureDomainKey: 'topology.kubernetes.io/zone' },
    /failureDomainKey is immutable/,
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

test('the scale subresource scales', async (t) => {
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'scale', { network: 'a', replicas: 2 }))
  const place = { namespace, name: 'scale', subresource: 'scale' }
  await client.merge(LUNAR_KINDS.provider, place, { spec: { replicas: 5 } })
  const scaled = await client.get<KubeObject>(LUNAR_KINDS.provider, { namespace, name: 'scale' })
  t.like(scaled?.spec, { replicas: 5 })
})
