/**
 * What a PromQL query reads: names of metrics, and the labels that it selects or groups by. Enough of the grammar for the queries of
 * dashboards and alerts; a name that is no metric comes out as one, and is then found to be none.
 *
 * @module
 */
export interface Read {
  readonly metrics: readonly string[]
  readonly labels: readonly string[]
}

const GROUPING = /\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)/g
const KEYWORDS = new Set([
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'by',
  'on',
  'without',
  'ignoring',
  'group_left',
  'group_right',
  'Inf',
  'NaN',
])

export function readQuery(expr: string): Read {
  const labels = new Set<string>()
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\{([^}]*)\}/g, (_, matchers: string) => {
      for (const [, label = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) labels.add(label)
      return ' '
    })
    .replaceAll(GROUPING, (_, names: string) => {
      for (const label of names.split(',')) if (label.trim() !== '') labels.add(label.trim())
      return ' '
    })
  const metrics = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)].map(([name]) => name).filter((name) => !KEYWORDS.has(name))
  return { metrics: [...new Set(metrics)], labels: [...labels] }
}

/** Labels that a scrape gives to what it finds (`files/scrape.yaml`), and `le` of buckets. */
const TARGET_LABELS = ['network', 'namespace', 'pod', 'pool', 'component', 'job', 'instance', 'le']

interface Known {
  readonly name: string
  readonly kind: string
  readonly labels: readonly string[]
}

/** What is wrong with a query: names and labels that no metric of the code has. */
export function faultsOf(expr: string, known: readonly Known[]): string[] {
  const { metrics, labels } = readQuery(expr)
  const found = metrics.map((name) => ({ name, metric: known.find((one) => isOf(name, one)) }))
  const unknown = found.filter(({ metric }) => metric === undefined).map(({ name }) => `no metric ${name}`)
  const has = new Set([...TARGET_LABELS, ...found.flatMap(({ metric }) => metric?.labels ?? [])])
  return [
    ...(metrics.length === 0 ? ['it reads no metric'] : []),
    ...unknown,
    ...labels.filter((label) => !has.has(label)).map((label) => `no label ${label} of ${metrics.join(', ')}`),
  ]
}

const isOf = (name: string, { name: known, kind }: Known): boolean =>
  kind === 'histogram' ? ['bucket', 'sum', 'count'].some((part) => name === `${known}_${part}`) : name === known
