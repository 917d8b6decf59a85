/**
 * The alert rules, as Prometheus and the chart have them.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

export const ALERTS_FILE = 'charts/lunarx-operator/files/alerts.yaml'

export function readAlerts(): Alert[] {
  const { groups } = parse(readFileSync(ALERTS_FILE, 'utf8')) as { readonly groups: readonly { readonly rules: readonly Alert[] }[] }
  return groups.flatMap(({ rules }) => rules)
}
