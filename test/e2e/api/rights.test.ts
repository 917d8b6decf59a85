/**
 * The operator with the rights that the manifests give it, and no more: it does its work, and cannot read others' Secrets.
 *
 * @module
 */
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import { Connection, hasStatus, KubeClient, KubeMetrics, type KubeObject, type ResourceKind } from '@lunarx/operator/kube'
import test from 'ava'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { conditionOf, installCrds, KINDS, makeNamespace, openCluster, removeNamespace, until, type Conditioned } from './cluster.ts'
import { OURS, startOperator } from './operator.ts'

const ROOT = join(import.meta.dirname, '../../..')
const cluster = openCluster()
const rbac = (kind: string, plural: string, namespaced: boolean): ResourceKind => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind,
  plural,
  namespaced,
})
const RBAC: Readonly<Record<string, ResourceKind>> = {
  Role: rbac('Role', 'roles', true),
  RoleBinding: rbac('RoleBinding', 'rolebindings', true),
  ClusterRole: rbac('ClusterRole', 'clusterroles', false),
  ClusterRoleBinding: rbac('ClusterRoleBinding', 'clusterrolebindings', false),
}

interface Rights extends KubeObject {
  readonly rules?: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }[]
}
const manifests = ['operator', 'users'].flatMap((file) =>
  parseAllDocuments(readFileSync(join(ROOT, `config/rbac/${file}.yaml`), 'utf8')).map((document) => document.toJS() as Rights),
)

test('no rule has a star, and Secrets are in a Role', (t) => {
  t.true(manifests.length >= 8)
  for (const { kind, rules = [], metadata } of manifests) {
    for (const rule of rules) {
      t.false([...rule.apiGroups, ...rule.resources, ...rule.verbs].includes('*'), metadata.name)
      if (rule.resources.includes('secrets')) t.is(kind, 'Role')
    }
  }
})

/** A kubeconfig with a token of the operator's account. */
async function kubeconfigOf(namespace: string, folder: string): Promise<string> {
  const own = parse(readFileSync(process.env['KUBECONFIG'] ?? '', 'utf8')) as { clusters: { name: string }[] }
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } })
  const { body: answer } = await cluster.connection.send({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/lunarx-operator/token`,
    body,
  })
  const { status } = JSON.parse(answer) as { status: { token: string } }
  const file = join(folder, 'kubeconfig')
  const context = { name: 'operator', context: { cluster: own.clusters[0]?.name, user: 'operator' } }
  writeFileSync(
    file,
    JSON.stringify({
      ...own,
      users: [{ name: 'operator', user: { token: status.token } }],
      contexts: [context],
      'current-context': 'operator',
    }),
    { mode: 0o600 },
  )
  return file
}

test('the operator works with these rights alone', async (t) => {
  await installCrds(cluster)
  const system = await makeNamespace(cluster, 'system')
  const namespace = await makeNamespace(cluster, 'rights')
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-rights-'))
  const suffixed = manifests.map(
    (manifest) =>
      JSON.parse(
        JSON.stringify(manifest).replaceAll('lunarx-system', system).replaceAll('"name":"lunarx-operator', `"name":"${system}-operator`),
      ) as Rights,
  )
  const account = (object: Rights): Rights =>
    JSON.parse(
      JSON.stringify(object).replaceAll(
        `"kind":"ServiceAccount","name":"${system}-operator"`,
        '"kind":"ServiceAccount","name":"lunarx-operator"',
      ),
    ) as Rights
  const placeOf = ({ metadata }: KubeObject) => ({ namespace: metadata.namespace, name: metadata.name })
  await cluster.client.create(KINDS.serviceAccount, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'lunarx-operator', namespace: system },
  })
  for (const manifest of suffixed.map(account)) await cluster.client.apply(RBAC[manifest.kind] ?? KINDS.secret, manifest)
  const connection = new Connection(new KubeMetrics(), await kubeconfigOf(system, folder))
  const client = new KubeClient(connection)
  const operator = await startOperator({ ...cluster, connection, client }, namespace, undefined, system)
  t.teardown(async () => {
    await operator.stop()
    rmSync(folder, { recursive: true })
    for (const manifest of suffixed) await cluster.client.remove(RBAC[manifest.kind] ?? KINDS.secret, placeOf(manifest))
    for (const name of [namespace, system]) await removeNamespace(cluster, name)
  })
  const lunar = (kind: string, name: string, spec: unknown): KubeObject => ({
    apiVersion: 'lunarx.dev/v1alpha1',
    kind,
    metadata: { name, namespace, annotations: OURS },
    spec,
  })
  await cluster.client.create(
    LUNAR_KINDS.network,
    lunar('LunarNetwork', 'lunar', {
      classes: [{ name: 'standard', required: 2, parity: 1 }],
      defaultClass: 'standard',
      deletionPolicy: 'Delete',
    }),
  )
  await cluster.client.create(LUNAR_KINDS.tracker, lunar('Tracker', 'tracker', { network: 'lunar', replicas: 1 }))
  await until('the network is being served', async () => {
    const network = await cluster.client.get<Conditioned>(LUNAR_KINDS.network, { namespace, name: 'lunar' })
    return conditionOf(network, 'Ready')?.reason === 'TrackersUnreachable' ? true : undefined
  })
  await until('the StatefulSet', () => cluster.client.get(KINDS.statefulSet, { namespace, name: 'tracker' }))
  t.truthy(await cluster.client.get(KINDS.secret, { namespace: system, name: `${namespace}.lunar-key` }))
  t.truthy(
    await until('an event', async () =>
      (await cluster.client.list(KINDS.event, { namespace })).items.find(({ metadata }) => metadata.name.startsWith('lunar.')),
    ),
  )
  t.true(hasStatus(await t.throwsAsync(client.list(KINDS.secret, { namespace })), 403))
  t.true(hasStatus(await t.throwsAsync(client.list(KINDS.secret, {})), 403))
  await cluster.client.remove(LUNAR_KINDS.network, { namespace, name: 'lunar' })
  await until('the network is gone', async () =>
    (await cluster.client.get(LUNAR_KINDS.network, { namespace, name: 'lunar' })) === undefined ? true : undefined,
  )
  t.is(await cluster.client.get(KINDS.secret, { namespace: system, name: `${namespace}.lunar-key` }), undefined)
})
