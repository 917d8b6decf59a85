/**
 * Every value of the chart, by the real helm: another one changes what is made, a wrong one is refused. A value that is not in the table
 * fails, and so does one that the schema or values.yaml does not have.
 */
import { readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'yaml'
import { ToolError } from '../../../hack/cluster/cluster.ts'
import { CHART, renderChart } from './chart.ts'

interface Value {
  readonly other: unknown
  /** Other values, without which it changes nothing. */
  readonly given?: Readonly<Record<string, unknown>>
  /** Each is found in a line that comes or goes with it. */
  readonly changes: readonly RegExp[]
  readonly wrong: readonly unknown[]
}

const LABELS = { other: { team: 'storage' }, changes: [/^ {4}team: storage$/], wrong: ['storage', { team: 1 }] }
const SWITCH = { other: true, wrong: ['yes', 1] }
const NAMESPACES = ['Storage', 'a.b', '-a', 'a'.repeat(64)]
const EXPOSED = { 'issuer.expose': 'LoadBalancer' }

/** By path. */
const VALUES: Readonly<Record<string, Value>> = {
  image: { other: 'registry/operator:2', changes: [/ image: "registry\/operator:2"$/], wrong: ['', 7] },
  nodeImage: { other: 'registry/node:2', changes: [/ --node-image=registry\/node:2$/], wrong: ['', 7] },
  imagePullPolicy: { other: 'Always', changes: [/ imagePullPolicy: Always$/], wrong: ['Sometimes'] },
  imagePullSecrets: { other: [{ name: 'pull' }], changes: [/ - name: pull$/], wrong: ['pull', ['pull'], [{}], [{ name: '' }]] },
  replicas: { other: 3, changes: [/^ {2}replicas: 3$/], wrong: [0, 6, 1.5, '2'] },
  scope: { other: 'Namespaced', changes: [/ --namespaced$/, /^kind: ClusterRole$/, / --namespace=system$/], wrong: ['Everywhere'] },
  watchNamespace: {
    other: 'storage',
    changes: [/ --namespace=storage$/, /^kind: RoleBinding$/, /^ {2}namespace: storage$/, / kubernetes.io\/metadata.name: storage /],
    wrong: NAMESPACES,
  },
  'issuer.membershipLifetimeSeconds': { other: 600, changes: [/ --membership-lifetime-seconds=600$/], wrong: [119, 86_401, '600'] },
  'issuer.expose': { other: 'NodePort', changes: [/^ {2}name: lunarx-operator-outside$/, /^ {2}type: NodePort$/], wrong: ['Ingress'] },
  'issuer.nodePort': { other: 30_444, given: EXPOSED, changes: [/ nodePort: 30444$/], wrong: [-1, 65_536, '30444'] },
  'issuer.exposeTo': {
    other: ['192.0.2.0/24', '2001:db8::/32'],
    given: EXPOSED,
    changes: [
      / ipBlock: \{ cidr: "192.0.2.0\/24" \}$/,
      / ipBlock: \{ cidr: "2001:db8::\/32" \}$/,
      /^ {4}- 192.0.2.0\/24$/,
      /^ {4}- 2001:db8::\/32$/,
      /0.0.0.0\/0/,
    ],
    wrong: ['192.0.2.0/24', [], ['192.0.2.0'], ['192.0.2.0/33'], ['host/8'], ['2001:db8::'], ['2001:db8::/129']],
  },
  'issuer.outsideUrl': {
    other: 'https://storage.example.com',
    changes: [/ --issuer-outside-url=https:\/\/storage.example.com$/],
    wrong: ['http://a', 'https://', 'https://a b'],
  },
  logLevel: { other: 'debug', changes: [/ --log-level=debug$/], wrong: ['loud'] },
  'resources.requests': { other: { cpu: '2' }, changes: [/^ {14}cpu: "2"$/], wrong: ['2', { cpu: {} }] },
  'resources.limits': { other: { memory: '1Gi' }, changes: [/^ {14}memory: 1Gi$/], wrong: ['1Gi', { memory: [] }] },
  nodeSelector: { other: { disk: 'fast' }, changes: [/^ {8}disk: fast$/], wrong: ['fast', { disk: 1 }] },
  tolerations: { other: [{ operator: 'Exists' }], changes: [/^ {8}- operator: Exists$/], wrong: [{}, ['Exists']] },
  'networkPolicy.enabled': { ...SWITCH, other: false, changes: [/^kind: NetworkPolicy$/] },
  'networkPolicy.apiServerPorts': { other: [7443], changes: [/ port: 7443,/, / port: 6443,/], wrong: [[], [0], ['https'], 6443] },
  'crds.install': { ...SWITCH, other: false, changes: [/^kind: CustomResourceDefinition$/] },
  'monitoring.namespace': {
    other: 'monitoring',
    changes: [/ --monitoring-namespace=monitoring$/, / kubernetes.io\/metadata.name: monitoring /],
    wrong: NAMESPACES,
  },
  'monitoring.podMonitors.enabled': { ...SWITCH, changes: [/^kind: PodMonitor$/] },
  'monitoring.podMonitors.labels': { ...LABELS, given: { 'monitoring.podMonitors.enabled': true } },
  'monitoring.podMonitors.interval': {
    other: '15s',
    given: { 'monitoring.podMonitors.enabled': true },
    changes: [/ interval: 15s$/],
    wrong: ['15', '0s', '1h', 15],
  },
  'monitoring.rules.enabled': { ...SWITCH, changes: [/^kind: PrometheusRule$/] },
  'monitoring.rules.labels': { ...LABELS, given: { 'monitoring.rules.enabled': true } },
  'monitoring.rules.runbookUrl': {
    other: 'https://example.com/runbooks',
    given: { 'monitoring.rules.enabled': true },
    changes: [/https:\/\/example.com\/runbooks#lunarxsetslost/, /docs\/RUNBOOKS.md#lunarxsetslost/],
    wrong: [7],
  },
  'monitoring.dashboards.enabled': { ...SWITCH, changes: [/^ {4}grafana_dashboard: "1"$/] },
  'monitoring.dashboards.labels': { ...LABELS, given: { 'monitoring.dashboards.enabled': true } },
}

interface Schema {
  readonly additionalProperties?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
}
const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as Schema
const defaults = parse(readFileSync(`${CHART}/values.yaml`, 'utf8')) as Readonly<Record<string, unknown>>

/** Paths of what has no fields of its own by the schema. */
const leavesOf = ({ properties }: Schema, path = ''): string[] =>
  properties === undefined
    ? [path]
    : Object.entries(properties).flatMap(([name, one]) => leavesOf(one, path === '' ? name : `${path}.${name}`))

const valueAt = (path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Readonly<Record<string, unknown>> | undefined)?.[name], defaults)

test('the table, the schema and values.yaml have the same values', (t) => {
  // helm's own, of charts that hold others
  t.deepEqual(
    leavesOf(schema)
      .filter((path) => path !== 'global')
      .sort(),
    Object.keys(VALUES).sort(),
  )
  for (const path of Object.keys(VALUES)) t.not(valueAt(path), undefined, path)
  // helm holds values.yaml to the schema: it has no others
  const isClosed = ({ properties, additionalProperties }: Schema): boolean =>
    properties === undefined || (additionalProperties === false && Object.values(properties).every(isClosed))
  t.true(isClosed(schema))
})

const setting = (values: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(values).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`])

/** Lines that one has and the other has not, or less often. */
function differences(one: string, other: string): string[] {
  const gone = one.split('\n')
  const come = other.split('\n').filter((line) => {
    const at = gone.indexOf(line)
    if (at >= 0) gone.splice(at, 1)
    return at < 0
  })
  return [...gone, ...come]
}

for (const [path, { other, given = {}, changes }] of Object.entries(VALUES))
  test.serial(`${path}: another value changes what is made`, async (t) => {
    t.notDeepEqual(valueAt(path), other)
    const made = await Promise.all([given, { ...given, [path]: other }].map((values) => renderChart('system', setting(values))))
    const lines = differences(made[0] ?? '', made[1] ?? '')
    for (const change of changes)
      t.true(
        lines.some((line) => change.test(line)),
        `${String(change)} in\n${lines.join('\n')}`,
      )
  })

/** All first ones at once, then all second ones: helm tells of every value that is wrong. */
const wrongOnes = Array.from({ length: Math.max(...Object.values(VALUES).map(({ wrong }) => wrong.length)) }, (_, i) =>
  Object.fromEntries(Object.entries(VALUES).flatMap(([path, { wrong }]) => (i < wrong.length ? [[path, wrong[i]] as const] : []))),
)

for (const [i, wrong] of wrongOnes.entries())
  test.serial(`wrong values are refused, each by its name: ${i + 1}`, async (t) => {
    const error = await t.throwsAsync(renderChart('system', setting(wrong)), { instanceOf: ToolError })
    const told = [...(error?.stderr ?? '').matchAll(/^ *- at '\/([^']*)'/gm)].map(([, at = '']) => at.replaceAll('/', '.'))
    for (const [path, value] of Object.entries(wrong))
      t.true(
        told.some((at) => at === path || at.startsWith(`${path}.`)),
        `${path}=${JSON.stringify(value)} is taken`,
      )
  })
