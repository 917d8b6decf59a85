/**
 * The small sample in a namespace of its own, served by an operator that has rights there only, with trackers that keep their map in a real
 * PostgreSQL on this machine. In the full run only.
 */
import { readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { parseAllDocuments, stringify } from 'yaml'
import { helm, kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { applySample, inDapp, startDapp, SYSTEM, waitFor, type Condition } from '../../hack/cluster/network.ts'
import { ownAddress } from '../../hack/cluster/own-address.ts'
import { startPostgres, type PostgresServer } from '../../hack/servers/postgres.ts'
import { makeCertificate } from '../interop/certificate.ts'
import { scratchFolder } from '../interop/scratch.ts'
import { testCluster } from './cluster.ts'
import { installThisTree } from './network.ts'
import { lunarxPlugin } from './plugin.ts'
import { isFullRun } from './report.ts'

const NAMESPACE = 'small'
const RELEASE = 'small'
const ROLE = { name: 'lunar', database: 'lunar' } as const

interface Resource {
  readonly kind: string
  readonly spec: { readonly store?: { readonly postgres: object } }
}

const resourcesOf = (file: string): Resource[] =>
  parseAllDocuments(readFileSync(`config/samples/${file}`, 'utf8')).map((document) => document.toJS() as Resource)

/** config/samples/small.yaml with the trackers of config/samples/tracker-postgres.yaml, and this server in place of the sample's. */
function manifest({ host, port }: PostgresServer): string {
  const trackers = resourcesOf('tracker-postgres.yaml').map((tracker) => ({
    ...tracker,
    spec: { ...tracker.spec, store: { postgres: { ...tracker.spec.store?.postgres, hosts: [host], port } } },
  }))
  const rest = resourcesOf('small.yaml').filter(({ kind }) => kind !== 'Tracker')
  return [...rest, ...trackers].map((resource) => stringify(resource)).join('---\n')
}

async function setPassword(server: PostgresServer, password: string): Promise<void> {
  const admin = await server.admin()
  await admin.query(`ALTER ROLE ${ROLE.name} PASSWORD '${password}'`)
  await admin.end()
}

/** As docs/TRACKER.md says. */
async function prepareDatabase(server: PostgresServer): Promise<void> {
  const admin = await server.admin()
  await admin.query(`CREATE ROLE ${ROLE.name} LOGIN`)
  await admin.query(`CREATE DATABASE ${ROLE.database} OWNER ${ROLE.name}`)
  await admin.end()
}

const secretOf = (password: string): string =>
  stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'lunar-db' }, stringData: { username: ROLE.name, password } })

/** As docs/INSTALL.md says, with the values of the samples; the operator of the other tests steps aside. */
async function installNamespaced(t: ExecutionContext, cluster: Cluster): Promise<void> {
  await installThisTree(cluster) // CRDs come with it, and stay
  await helm(cluster, ['uninstall', 'lunarx', '-n', SYSTEM, '--wait', '--timeout', '2m'])
  t.teardown(async () => {
    await kubectl(cluster, ['delete', '-n', NAMESPACE, 'lnet,lprv,ltrk', '--all', '--timeout=170s'])
    await helm(cluster, ['uninstall', RELEASE, '-n', NAMESPACE, '--wait', '--timeout', '2m'])
    await kubectl(cluster, ['delete', 'namespace', NAMESPACE, '--wait=false'])
    await installThisTree(cluster)
  })
  const { operator, node } = cluster.images
  const values = ['-f', 'config/samples/namespaced-values.yaml', '--set', `image=${operator}`, '--set', `nodeImage=${node}`]
  await helm(cluster, ['install', RELEASE, 'charts/lunarx-operator', '-n', NAMESPACE, ...values, '--wait', '--timeout', '3m'])
  const rights = await kubectl(cluster, [
    'get',
    'clusterroles,clusterrolebindings',
    '-l',
    `app.kubernetes.io/instance=${RELEASE}`,
    '-o',
    'name',
  ])
  t.is(rights.trim(), '')
}

async function storeReady(cluster: Cluster): Promise<Condition | undefined> {
  const [tracker] = await objects<{ readonly status?: { readonly conditions?: readonly Condition[] } }>(cluster, [
    '-n',
    NAMESPACE,
    'ltrk',
    'tracker',
  ])
  return tracker?.status?.conditions?.find(({ type }) => type === 'StoreReady')
}

/** What `kubectl lunarx status` says of nodes that are gone; and that nothing is said once the operator may read them (docs/INSTALL.md). */
async function checkNodesUnwatched(t: ExecutionContext, cluster: Cluster): Promise<void> {
  using lunarx = lunarxPlugin(cluster, NAMESPACE)
  const page = await lunarx.say('status')
  t.is(page.exit, 0, page.err)
  t.regex(page.out, /^HEALTHY: [^]*\nNot watched:\n {2}Nodes that are gone: .* no right to list nodes and to get persistentvolumes\.\n/)
  t.true(page.out.includes(`kubectl delete pvc data-POD -n ${NAMESPACE} --wait=false`), page.out)

  const NODES = 'lunarx-nodes'
  t.teardown(() => kubectl(cluster, ['delete', `clusterrole/${NODES}`, `clusterrolebinding/${NODES}`, '--ignore-not-found']))
  await kubectl(cluster, ['create', 'clusterrole', NODES, '--verb=get,list', '--resource=nodes,persistentvolumes'])
  const account = `--serviceaccount=${NAMESPACE}:${RELEASE}-operator`
  await kubectl(cluster, ['create', 'clusterrolebinding', NODES, `--clusterrole=${NODES}`, account])
  await until('an operator that looks after nodes', 180_000, async () =>
    (await lunarx.say('status')).out.includes('Not watched') ? undefined : true,
  )
}

const inFull = isFullRun ? test.serial : test.serial.skip

inFull('an operator of one namespace serves the small sample, its trackers on PostgreSQL (with --full)', async (t) => {
  const cluster = testCluster()
  await using folder = await scratchFolder()
  const host = await ownAddress(cluster)
  const tls = await makeCertificate(folder.path, host)
  await using server = await startPostgres({ tls, host })
  await prepareDatabase(server)
  await setPassword(server, 'first-password')

  await kubectl(cluster, ['create', 'namespace', NAMESPACE])
  await installNamespaced(t, cluster)
  await applySample(cluster, NAMESPACE, manifest(server))
  await until('the missing Secret to be named', 120_000, async () =>
    /lunar-db/.test((await storeReady(cluster))?.message ?? '') ? true : undefined,
  )
  await kubectl(cluster, ['create', '-n', NAMESPACE, 'configmap', 'lunar-db-ca', `--from-file=ca.crt=${tls.certificateFile}`])
  await kubectl(cluster, ['apply', '-n', NAMESPACE, '-f', '-'], { input: secretOf('first-password') })
  await waitFor(cluster, NAMESPACE, 'Ready', 300)
  await until('StoreReady', 60_000, async () => ((await storeReady(cluster))?.status === 'True' ? true : undefined))

  await startDapp(cluster, NAMESPACE)
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, `cd /home/dapp; ${script}`)
  const sum = await shell(
    'head -c 9M /dev/urandom > file; lunarx put file small/file >&2; echo note | lunarx put - small/note >&2; sha256sum < file',
  )
  t.is(await shell('lunarx get small/file - | sha256sum'), sum)
  const admin = await server.admin(ROLE.database)
  const { rows } = await admin.query<{ count: string }>('SELECT count(*) FROM lunarx_entries')
  await admin.end()
  t.true(Number(rows[0]?.count) > 0, 'the map is in the database')

  await setPassword(server, 'second-password')
  await kubectl(cluster, ['apply', '-n', NAMESPACE, '-f', '-'], { input: secretOf('second-password') })
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', 'tracker-0', '--wait'])
  await until('a tracker that came with the new password', 240_000, async () => {
    await kubectl(cluster, ['wait', '-n', NAMESPACE, 'pod/tracker-0', '--for=condition=Ready', '--timeout=20s'])
    return true
  })
  t.is(await shell('lunarx get small/file - | sha256sum'), sum)
  t.is(await shell('lunarx get small/note -'), 'note\n')
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  await checkNodesUnwatched(t, cluster)
})
