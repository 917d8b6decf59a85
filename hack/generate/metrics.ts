/**
 * Writes docs/METRICS.md from what the code declares. `--check`: fail when it is out of step.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { metricsOfCode, type Metric } from '../observe/metrics-of-code.ts'

const FILE = 'docs/METRICS.md'
const all = await metricsOfCode()
const isProcess = ({ name }: Metric): boolean => /^(lunarx_)?(process|nodejs)_/.test(name)
const table = (metrics: readonly Metric[]): string => `| metric | kind | labels | from | meaning |
|---|---|---|---|---|
${metrics.map(({ name, kind, labels, from, help }) => `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${from} | ${help.replace(/\.$/, '')} |`).join('\n')}`

const page = `# Metrics

Generated from the code by \`npm run generate\`. Every pod serves them at \`:8080/metrics\`, the operator as well. How they are scraped, and
what dashboards and alerts make of them: [OBSERVABILITY.md](OBSERVABILITY.md).

## Of networks
\`network\` is \`NAMESPACE/NAME\`. Metrics of the operator that have it are those of the leader: other replicas have none.

${table(all.filter((metric) => metric.name.startsWith('lunarx_') && !isProcess(metric)))}

## Of the controller runtime
Names and labels are those of [controller-runtime](https://book.kubebuilder.io/reference/metrics-reference), so that existing dashboards
read them. \`name\` and \`controller\` of a queue are \`network\`, \`tracker\` or \`provider\`.

${table(all.filter((metric) => !metric.name.startsWith('lunarx_') && !isProcess(metric)))}

## Of processes
Those of pods start with \`lunarx_\`; the operator has the same without it.

| metric | kind | meaning |
|---|---|---|
${all
  .filter((metric) => isProcess(metric) && metric.name.startsWith('lunarx_'))
  .map(({ name, kind, help }) => `| \`${name}\` | ${kind} | ${help.replace(/\.$/, '')} |`)
  .join('\n')}
`

if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== page) {
    console.error(`${FILE} is out of step`)
    process.exitCode = 1
  }
} else writeFileSync(FILE, page)
