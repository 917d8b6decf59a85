/**
 * The chart by the real helm: it lints, refuses typos, is taken by a real API server, and says the same as the plain manifests.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import test from 'ava'
import type { KubeObject } from '@lunarx/operator/kube'
import { helm, kubectl, ToolError } from '../../../hack/cluster/cluster.ts'
import { testCluster } from '../cluster.ts'
import { CHART, objectsOf, renderChart } from './chart.ts'
import { installCrds, makeNamespace, openCluster, removeNamespace } from './cluster.ts'

const SYSTEM = 'lunarx-system'
/** Pods of Deployments that are not what their namespace enforces are warned of. */
const DRY_RUN = ['apply', '--dry-run=server', '--validate=strict', '--warnings-as-errors', '--server-side', '--force-conflicts']
const api = openCluster()
const cluster = testCluster()
let namespace = ''

test.before(async () => {
  await installCrds(api)
  namespace = await makeNamespace(api, 'chart')
})
test.after.always(() => removeNamespace(api, namespace))

const render = (into: string, ...args: readonly string[]): Promise<string> => renderChart(into, args)
const named = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`

test('helm lint finds nothing', async (t) => {
  t.regex(await helm(cluster, ['lint', '--strict', CHART]), /1 chart\(s\) linted, 0 chart\(s\) failed/)
})

for (const typo of ['imge=x', 'monitoring.rules.enable=true', 'issuer.exposeto={10.0.0.0/8}'])
  test(`refused: --set ${typo}`, async (t) => {
    const error = await t.throwsAsync(render(SYSTEM, '--set', typo), { instanceOf: ToolError })
    t.regex(error?.message ?? '', /values don't meet the specifications of the schema/)
  })

test('what it makes passes a dry run on the server, and pods of it are restricted', async (t) => {
  const text = await render(namespace, '--set', 'monitoring.dashboards.enabled=true,monitoring.namespace=monitoring')
  const said = await kubectl(cluster, [...DRY_RUN, '-f', '-'], { input: text })
  for (const object of [
    'deployment.apps/lunarx-operator',
    'networkpolicy.networking.k8s.io/lunarx-operator',
    'configmap/lunarx-operator-dashboards',
  ])
    t.true(said.includes(object), object)
})

test('CRDs are kept when it is uninstalled', async (t) => {
  const crds = objectsOf(await render(SYSTEM)).filter(({ kind }) => kind === 'CustomResourceDefinition')
  t.is(crds.length, 3)
  for (const { metadata } of crds) t.is(metadata.annotations?.['helm.sh/resource-policy'], 'keep', metadata.name)
})

test('in one namespace: Roles only, and the operator knows', async (t) => {
  const objects = objectsOf(await render('storage', '-f', 'config/samples/namespaced-values.yaml'))
  t.true(objects.length >= 7)
  t.deepEqual(objects.filter(({ kind }) => kind.startsWith('Cluster') || kind === 'CustomResourceDefinition').map(named), [])
  for (const { metadata } of objects) t.is(metadata.namespace, 'storage', metadata.name)
  const deployment = JSON.stringify(objects.find(({ kind }) => kind === 'Deployment'))
  for (const flag of ['--namespaced', '--namespace=storage']) t.true(deployment.includes(`"${flag}"`), flag)
})

test('an issuer for clients outside: a Service of its own, a policy that lets them in, and the operator knows where', async (t) => {
  const values = ['-f', 'config/samples/exposed-values.yaml']
  const objects = objectsOf(await render(SYSTEM, ...values))
  const find = (kind: string, name: string) => objects.find((object) => named(object) === `${kind} ${name}`)
  t.like(find('Service', 'lunarx-operator-outside')?.spec, { type: 'NodePort', externalTrafficPolicy: 'Cluster' })
  t.like(find('Service', 'lunarx-operator-outside')?.spec, { ports: [{ port: 8443, nodePort: 30_443 }] })
  const policy = find('NetworkPolicy', 'lunarx-operator')?.spec as { readonly ingress: readonly object[] } | undefined
  t.deepEqual(policy?.ingress[1], {
    from: [{ ipBlock: { cidr: '192.0.2.0/24' } }, { ipBlock: { cidr: '10.0.0.0/8' } }],
    ports: [{ port: 8443, protocol: 'TCP' }],
  })
  t.regex(JSON.stringify(find('Deployment', 'lunarx-operator')), /"--issuer-outside-url=https:\/\/storage\.example\.com:30443"/)
  const balanced = objectsOf(await render(SYSTEM, ...values, '--set', 'issuer.expose=LoadBalancer,issuer.nodePort=0'))
  t.like(balanced.find((object) => named(object) === 'Service lunarx-operator-outside')?.spec, {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    loadBalancerSourceRanges: ['192.0.2.0/24', '10.0.0.0/8'],
  })
  await kubectl(cluster, [...DRY_RUN, '-f', '-'], {
    // whatever port is free: another operator may have this one
    input: await render(namespace, ...values, '--set', 'issuer.nodePort=0'),
  })
})

test('the operator is told how long credentials live: a day, or as is asked', async (t) => {
  for (const [values, seconds] of [
    [[], 86_400],
    [['--set', 'issuer.membershipLifetimeSeconds=600'], 600],
  ] as const) {
    const deployment = JSON.stringify(objectsOf(await render(SYSTEM, ...values)).find(({ kind }) => kind === 'Deployment'))
    t.true(deployment.includes(`"--membership-lifetime-seconds=${seconds}"`))
  }
})

test('the view and edit roles of Kubernetes get what is ours', async (t) => {
  const roles = objectsOf(await render(SYSTEM)).filter(({ kind }) => kind === 'ClusterRole')
  for (const [name, aggregated] of [
    ['lunarx-operator-view', 'view'],
    ['lunarx-operator-edit', 'edit'],
  ]) {
    const role = roles.find(({ metadata }) => metadata.name === name)
    t.is(role?.metadata.labels?.[`rbac.authorization.k8s.io/aggregate-to-${aggregated}`], 'true')
  }
})

test('monitoring: the kinds of the Prometheus operator only where they are asked for, with the labels that scrape.yaml gives', async (t) => {
  const bare = objectsOf(await render(SYSTEM)).map(({ kind }) => kind)
  for (const kind of ['PodMonitor', 'PrometheusRule']) t.false(bare.includes(kind))
  const monitoring = ['podMonitors', 'rules', 'dashboards'].map((part) => `monitoring.${part}.enabled=true`).join(',')
  const full = objectsOf(await render(SYSTEM, '--set', `${monitoring},monitoring.rules.runbookUrl=https://example.com/runbooks`))
  const rules = JSON.stringify(full.find(({ kind }) => kind === 'PrometheusRule'))
  t.regex(rules, /https:\/\/example.com\/runbooks#lunarxsetslost/)
  t.false(rules.includes('docs/RUNBOOKS.md'))
  const scrape = readFileSync(`${CHART}/files/scrape.yaml`, 'utf8')
  const monitors = full.filter(({ kind }) => kind === 'PodMonitor')
  t.is(monitors.length, 2)
  // namespace and pod are given by the Prometheus operator itself
  const given = [...JSON.stringify(monitors).matchAll(/"targetLabel":"(\w+)"/g)].map(([, label = '']) => label)
  const wanted = [...scrape.matchAll(/target_label: (\w+)/g)]
    .map(([, label = '']) => label)
    .filter((label) => !['namespace', 'pod'].includes(label))
  t.deepEqual(new Set(given.filter((label) => label !== 'job')), new Set(wanted))
})

/** What differs on purpose: labels and annotations of helm, and the release as part of the selector. */
function plain(object: unknown): unknown {
  if (Array.isArray(object)) return object.map(plain)
  if (object === null || typeof object !== 'object') return object
  const helmsOwn = [
    'helm.sh/chart',
    'helm.sh/resource-policy',
    'app.kubernetes.io/managed-by',
    'app.kubernetes.io/version',
    'app.kubernetes.io/instance',
  ]
  const kept = Object.entries(object).flatMap(([key, value]) => {
    if (helmsOwn.includes(key)) return []
    const inner = plain(value)
    const isEmptied = key === 'annotations' && Object.keys(inner as object).length === 0
    return isEmptied ? [] : [[key, inner] as const]
  })
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('config/default is the chart with its default values', async (t) => {
  const byName = (text: string): Map<string, unknown> =>
    new Map(
      objectsOf(text)
        .filter(({ kind }) => kind !== 'Namespace')
        .map((object) => [named(object), plain(object)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  const chart = byName(await render(SYSTEM))
  const config = byName(await kubectl(cluster, ['kustomize', 'config/default']))
  t.deepEqual([...config.keys()], [...chart.keys()])
  for (const [name, object] of chart) t.deepEqual(config.get(name), object, name)
})
