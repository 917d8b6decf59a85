/**
 * The operator with the rights that the chart gives it, and no more, in both scopes: it does its work, and cannot read others' Secrets.
 *
 * @module
 */
import { LUNAR_KINDS, networkId } from '@lunarx/operator/controllers'
import { askCluster, askNamespace, authenticate } from '@lunarx/operator/enrolment'
import {
  Connection,
  hasStatus,
  KubeClient,
  KubeMetrics,
  LeaderElection,
  type KubeObject,
  type Lease,
  type ResourceKind,
} from '@lunarx/operator/kube'
import test, { type ExecutionContext } from 'ava'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { objectsOf, renderChart } from './chart.ts'
import { conditionOf, installCrds, KINDS, makeNamespace, openCluster, removeNamespace, until, type Conditioned } from './cluster.ts'
import { OURS, startOperator } from './operator.ts'
import { tokenOf } from './token.ts'

const cluster = openCluster()
const rbac = (kind: string, plural: string, namespaced: boolean): ResourceKind => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind,
  plural,
  namespaced,
})
const GIVEN: Readonly<Record<string, ResourceKind>> = {
  ServiceAccount: KINDS.serviceAccount,
  Role: rbac('Role', 'roles', true),
  RoleBinding: rbac('RoleBinding', 'rolebindings', true),
  ClusterRole: rbac('ClusterRole', 'clusterroles', false),
  ClusterRoleBinding: rbac('ClusterRoleBinding', 'clusterrolebindings', false),
}
const SELF_RULES = rbac('SelfSubjectRulesReview', 'selfsubjectrulesreviews', false)

interface Rights extends KubeObject {
  readonly rules?: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }[]
}
const SCOPES = ['Cluster', 'Namespaced'] as const
type Scope = (typeof SCOPES)[number]

/** Accounts and rights of the chart, under names of their own. */
async function rightsOf(scope: Scope, system: string): Promise<Rights[]> {
  const text = await renderChart(system, ['--set', `scope=${scope},crds.install=false`], system)
  return objectsOf<Rights>(text).filter(({ kind }) => kind in GIVEN)
}

for (const scope of SCOPES)
  test(`${scope}: no rule has a star, and Secrets are in a Role`, async (t) => {
    const manifests = await rightsOf(scope, 'lunarx-system')
    t.is(manifests.filter(({ kind }) => kind.startsWith('Cluster')).length, scope === 'Cluster' ? 6 : 0)
    t.true(manifests.some(({ rules = [] }) => rules.some(({ resources }) => resources.includes('secrets'))))
    for (const { kind, rules = [], metadata } of manifests) {
      for (const rule of rules) {
        t.false([...rule.apiGroups, ...rule.resources, ...rule.verbs].includes('*'), metadata.name)
        if (rule.resources.includes('secrets')) t.is(kind, 'Role')
      }
    }
  })

/** A kubeconfig with a token of the operator's account. */
async function kubeconfigOf(namespace: string, account: string, folder: string): Promise<string> {
  const own = parse(readFileSync(process.env['KUBECONFIG'] ?? '', 'utf8')) as { clusters: { name: string }[] }
  const token = await tokenOf(cluster, { namespace, account })
  const file = join(folder, 'kubeconfig')
  const context = { name: 'operator', context: { cluster: own.clusters[0]?.name, user: 'operator' } }
  const users = [{ name: 'operator', user: { token } }]
  writeFileSync(file, JSON.stringify({ ...own, users, contexts: [context], 'current-context': 'operator' }), { mode: 0o600 })
  return file
}

interface RulesReview extends KubeObject {
  readonly status?: { readonly resourceRules: readonly { readonly verbs: readonly string[]; readonly resources: readonly string[] }[] }
}

/** What `kubectl auth can-i --list` shows. */
async function canDo(client: KubeClient, namespace: string): Promise<string[]> {
  const question = { apiVersion: 'authorization.k8s.io/v1', kind: SELF_RULES.kind, metadata: { name: '' }, spec: { namespace } }
  const review = await client.create<RulesReview>({ ...SELF_RULES, group: 'authorization.k8s.io' }, question)
  return (review.status?.resourceRules ?? []).flatMap(({ verbs, resources }) => [...verbs, ...resources])
}

/** It makes its Lease, leads by it, and gives it back; those of others it neither reads nor writes. */
async function leadsByOneLease(t: ExecutionContext, client: KubeClient, namespace: string): Promise<void> {
  const name = `${namespace}-operator`
  const stop = new AbortController()
  let isLeading = false
  const campaign = new LeaderElection(client, { namespace, name, identity: 'one' }, cluster.deps).run(async (term) => {
    isLeading = true
    await new Promise((resolve) => term.addEventListener('abort', resolve, { once: true }))
  }, stop.signal)
  try {
    await until('it leads', () => Promise.resolve(isLeading ? true : undefined))
  } finally {
    stop.abort()
    await campaign
  }
  const { apiVersion, kind, spec } = (await cluster.client.get<Lease>(KINDS.lease, { namespace, name })) ?? {}
  t.is(spec?.holderIdentity, '')
  const metadata = { namespace, name: 'of-another' }
  const other = await cluster.client.create<Lease>(KINDS.lease, { apiVersion, kind, metadata, spec } as Lease)
  for (const verb of [() => client.get(KINDS.lease, metadata), () => client.replace(KINDS.lease, other)])
    t.true(hasStatus(await t.throwsAsync(verb), 403))
}

for (const scope of SCOPES) {
  test(`${scope}: the operator works with these rights alone`, async (t) => {
    await installCrds(cluster)
    const system = await makeNamespace(cluster, 'system')
    const namespace = scope === 'Cluster' ? await makeNamespace(cluster, 'rights') : system
    const elsewhere = await makeNamespace(cluster, 'elsewhere')
    const folder = mkdtempSync(join(tmpdir(), 'lunarx-rights-'))
    const manifests = await rightsOf(scope, system)
    for (const manifest of manifests) await cluster.client.apply(GIVEN[manifest.kind] ?? KINDS.secret, manifest)
    const connection = new Connection(new KubeMetrics(), await kubeconfigOf(system, `${system}-operator`, folder))
    const client = new KubeClient(connection)
    const operator = await startOperator({ ...cluster, connection, client }, namespace, undefined, system)
    t.teardown(async () => {
      await operator.stop()
      rmSync(folder, { recursive: true })
      for (const { kind, metadata } of manifests)
        await cluster.client.remove(GIVEN[kind] ?? KINDS.secret, { namespace: metadata.namespace, name: metadata.name })
      for (const name of new Set([namespace, system, elsewhere])) await removeNamespace(cluster, name)
    })
    const lunar = (kind: string, name: string, spec: unknown): KubeObject => ({
      apiVersion: 'lunarx.dev/v1alpha1',
      kind,
      metadata: { name, namespace, annotations: OURS },
      spec,
    })
    const spec = {
      classes: [{ name: 'standard', required: 2, parity: 1 }],
      defaultClass: 'standard',
      deletionPolicy: 'Delete',
      clients: [{ serviceAccount: 'dapp' }],
    }
    await cluster.client.create(KINDS.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'dapp', namespace } })
    await cluster.client.create(LUNAR_KINDS.network, lunar('LunarNetwork', 'lunar', spec))
    await cluster.client.create(LUNAR_KINDS.tracker, lunar('Tracker', 'tracker', { network: 'lunar', replicas: 1 }))
    const served = await until('the network is being served', async () => {
      const network = await cluster.client.get<Conditioned>(LUNAR_KINDS.network, { namespace, name: 'lunar' })
      return conditionOf(network, 'Ready')?.reason === 'TrackersUnreachable' ? network : undefined
    })
    t.is(conditionOf(served, 'NodesLost')?.reason === 'NotAllowed', scope === 'Namespaced', 'whether nodes are looked after')
    await until('the StatefulSet', () => cluster.client.get(KINDS.statefulSet, { namespace, name: 'tracker' }))
    const key = scope === 'Cluster' ? `${namespace}.lunar-key` : 'lunar-key'
    t.truthy(await cluster.client.get(KINDS.secret, { namespace: system, name: key }))
    t.truthy(
      await until('an event', async () =>
        (await cluster.client.list(KINDS.event, { namespace })).items.find(({ metadata }) => metadata.name.startsWith('lunar.')),
      ),
    )

    await leadsByOneLease(t, client, system)

    const inquiry = scope === 'Cluster' ? askCluster(client) : askNamespace(client, cluster.deps.clock)
    const token = await tokenOf(cluster, { namespace, account: 'dapp', audience: 'lunarx.dev/lunar' })
    t.like(
      await authenticate({ client, inquiry, crypto: cluster.deps.crypto }, { network: networkId(namespace, 'lunar'), peer: 'any', token }),
      {
        role: 'client',
        name: 'dapp',
      },
    )

    for (const place of new Set([namespace, elsewhere])) {
      const can = await canDo(client, place)
      t.true(can.length > 0)
      t.false(can.includes('*'), place)
    }
    for (const place of scope === 'Cluster' ? [namespace, elsewhere] : [elsewhere])
      t.true(hasStatus(await t.throwsAsync(client.list(KINDS.secret, { namespace: place })), 403), place)
    t.true(hasStatus(await t.throwsAsync(client.list(KINDS.secret, {})), 403))
    t.is(hasStatus(await client.list(LUNAR_KINDS.network, {}).catch((error: unknown) => error), 403), scope === 'Namespaced')

    await cluster.client.remove(LUNAR_KINDS.network, { namespace, name: 'lunar' })
    await until('the network is gone', async () =>
      (await cluster.client.get(LUNAR_KINDS.network, { namespace, name: 'lunar' })) === undefined ? true : undefined,
    )
    t.is(await cluster.client.get(KINDS.secret, { namespace: system, name: key }), undefined)
  })
}
