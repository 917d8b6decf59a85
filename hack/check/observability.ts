/**
 * Dashboards and alerts name only metrics and labels that the code has; every alert has a runbook, every runbook an alert, and every alert
 * a test in which it fires and one in which it does not. A planted query must be found wrong first.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { ALERTS_FILE, readAlerts, type Alert } from '../observe/alerts.ts'
import { DASHBOARDS } from '../observe/dashboards.ts'
import { metricsOfCode } from '../observe/metrics-of-code.ts'
import { faultsOf } from '../observe/queries.ts'
import type { Outcome } from './outcome.ts'

const RUNBOOKS = 'docs/RUNBOOKS.md'
const TESTS = 'test/interop/alerts.yaml'

interface AlertTest {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[]
}

function runbookFaults(alerts: readonly Alert[]): string[] {
  const sections = new Set([...readFileSync(RUNBOOKS, 'utf8').matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name))
  const missing = alerts.filter(({ alert }) => !sections.has(alert)).map(({ alert }) => `${RUNBOOKS} has no section ${alert}`)
  const named = new Set(alerts.map(({ alert }) => alert))
  const stray = [...sections].filter((name) => !named.has(name)).map((name) => `${RUNBOOKS}: there is no alert ${name}`)
  const links = alerts.filter(({ alert, annotations }) => annotations.runbook_url !== `${RUNBOOKS}#${alert.toLowerCase()}`)
  return [...missing, ...stray, ...links.map(({ alert }) => `${ALERTS_FILE}: ${alert} does not link to its runbook`)]
}

function untested(alerts: readonly Alert[]): string[] {
  const { tests } = parse(readFileSync(TESTS, 'utf8')) as { readonly tests: readonly AlertTest[] }
  const cases = tests.flatMap(({ alert_rule_test }) => alert_rule_test)
  const has = (name: string, fires: boolean): boolean =>
    cases.some(({ alertname, exp_alerts }) => alertname === name && exp_alerts.length > 0 === fires)
  return alerts.flatMap(({ alert }) => [
    ...(has(alert, true) ? [] : [`${TESTS}: nothing makes ${alert} fire`]),
    ...(has(alert, false) ? [] : [`${TESTS}: nothing shows that ${alert} can be quiet`]),
  ])
}

export async function checkObservability(): Promise<Outcome> {
  const metrics = await metricsOfCode()
  if (faultsOf('sum by (margin) (lunarx_network_stets)', metrics).length === 0)
    return { ok: false, lines: ['a planted metric that does not exist was not found'] }
  const alerts = readAlerts()
  const panels = DASHBOARDS.flatMap(({ title, rows }) =>
    rows.flatMap(({ panels: of }) => of.map((panel) => ({ where: `${title}, ${panel.title}`, ...panel }))),
  )
  const queries = [
    ...panels.flatMap(({ where, queries: of }) => of.map(({ expr }) => ({ where, expr }))),
    ...alerts.map(({ alert, expr }) => ({ where: alert, expr })),
  ]
  const lines = [
    ...queries.flatMap(({ where, expr }) => faultsOf(expr, metrics).map((fault) => `${where}: ${fault}`)),
    ...runbookFaults(alerts),
    ...untested(alerts),
  ]
  return { ok: lines.length === 0, lines: [...lines, `${metrics.length} metrics, ${panels.length} panels, ${alerts.length} alerts`] }
}
