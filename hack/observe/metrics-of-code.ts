/**
 * Every metric that the code declares, read from the code: `metrics.counter('lunarx_…', help, labels)` and its likes anywhere, tables of
 * `['lunarx_…', help, labels]`, and what the operator and every process have from libraries. A name that is not a literal is an error,
 * because docs, dashboards and alerts are checked against this list.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { KubeMetrics } from '@lunarx/operator/kube'
import { PrometheusMetrics } from '@lunarx/runtime/metrics'
import { parseSync } from 'oxc-parser'

export interface Metric {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** operator, tracker, provider, or pod for all of the latter two. */
  readonly from: string
}

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value

function* walk(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* walk(item)
  else if (isNode(value)) {
    yield value
    for (const [field, child] of Object.entries(value)) if (field !== 'parent') yield* walk(child)
  }
}

const literal = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : undefined

/** Strings of an array literal; a spread of a constant of the same file is followed. */
function strings(node: unknown, all: readonly Node[]): readonly string[] {
  if (!isNode(node) || node.type !== 'ArrayExpression') return []
  return (node['elements'] as readonly unknown[]).flatMap((element) => {
    if (!isNode(element) || element.type !== 'SpreadElement') return literal(element) ?? []
    const { name } = element['argument'] as { readonly name?: string }
    const declared = all.find((one) => one.type === 'VariableDeclarator' && (one['id'] as { readonly name?: string }).name === name)
    return strings(declared?.['init'], all)
  })
}

const FROM: readonly (readonly [path: RegExp, from: string])[] = [
  [/^operator\//, 'operator'],
  [/^node\/tracker\//, 'tracker'],
  [/^node\/verifier\//, 'verifier'],
  [/^node\/(provider|index)\/|^node\/runtime\/objects\//, 'provider'],
  [/^node\//, 'pod'],
]
const KINDS = ['counter', 'gauge', 'histogram'] as const

function declaredIn(file: string, text: string): Metric[] {
  const from = FROM.find(([path]) => path.test(file))?.[1] ?? 'pod'
  const all = [...walk(parseSync(file, text).program)]
  return all.flatMap((node): Metric[] => {
    if (node.type === 'ArrayExpression') {
      const [name, help, labels] = node['elements'] as readonly unknown[]
      if (!literal(name)?.startsWith('lunarx_') || literal(help) === undefined) return []
      return [{ name: literal(name) ?? '', kind: 'gauge', help: literal(help) ?? '', labels: strings(labels, all), from }]
    }
    const callee = node.type === 'CallExpression' ? (node['callee'] as Node) : undefined
    const kind = KINDS.find((one) => callee?.type === 'MemberExpression' && (callee['property'] as { name?: string }).name === one)
    if (kind === undefined) return []
    const [name, help, ...rest] = node['arguments'] as readonly unknown[]
    if (literal(name) === undefined) return []
    return [
      { name: literal(name) ?? '', kind, help: literal(help) ?? '', labels: strings(rest.at(kind === 'histogram' ? 1 : 0), all), from },
    ]
  })
}

/** Of a registry that declares all it has at once, without labels: those that have values by now are chance. */
async function declaredBy(metrics: { text(): Promise<string> }, from: string): Promise<Metric[]> {
  const text = await metrics.text()
  const kinds = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind = '']) => [name, kind]))
  return [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => ({
    name,
    kind: KINDS.find((kind) => kind === kinds.get(name)) ?? 'gauge',
    help,
    labels: [],
    from,
  }))
}

/** Labels of the operator's metrics have no values before something happens: they are stated where they are declared. */
function kubeLabels(): Map<string, readonly string[]> {
  const file = 'operator/kube/metrics.ts'
  const all = [...walk(parseSync(file, readFileSync(file, 'utf8')).program)]
  const declared = all.filter((node) => node.type === 'NewExpression').map((node) => (node['arguments'] as readonly Node[])[0])
  const field = (object: Node | undefined, name: string): unknown =>
    (object?.['properties'] as readonly Node[] | undefined)?.find((property) => (property['key'] as { name?: string }).name === name)?.[
      'value'
    ]
  return new Map(
    declared.flatMap((object) => {
      const name = literal(field(object, 'name'))
      return name === undefined ? [] : [[name, strings(field(object, 'labelNames'), all)] as const]
    }),
  )
}

export async function metricsOfCode(): Promise<Metric[]> {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', 'node/*.ts', 'operator/*.ts'], { encoding: 'utf8' })
  const files = listed.split('\n').filter((file) => file !== '' && existsSync(file) && !/\.test\.ts$|_[^/]*\.ts$/.test(file))
  const ours = files.flatMap((file) => declaredIn(file, readFileSync(file, 'utf8')))
  const labels = kubeLabels()
  const kube = (await declaredBy(new KubeMetrics(), 'operator')).map((metric) => ({
    ...metric,
    labels: labels.get(metric.name) ?? metric.labels,
  }))
  const all = [...ours, ...kube, ...(await declaredBy(new PrometheusMetrics(), 'pod'))]
  return [...new Map(all.map((metric) => [metric.name, metric])).values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
