/**
 * The dashboards: networks and what they store, and the operator.
 *
 * @module
 */
import type { Dashboard, Panel } from './dashboard.ts'

const chart = (
  title: string,
  unit: string,
  description: string,
  ...queries: readonly (readonly [expr: string, legend: string])[]
): Panel => ({
  title,
  description,
  kind: 'timeseries',
  unit,
  queries: queries.map(([expr, legend]) => ({ expr, legend })),
})
const stat = (title: string, unit: string, description: string, expr: string): Panel => ({
  ...chart(title, unit, description, [expr, '{{network}}']),
  kind: 'stat',
})

const OF = '{network=~"$network"}'
const of = (matchers: string): string => `{network=~"$network",${matchers}}`
const rate = (counter: string, matchers?: string): string => `rate(${counter}${matchers ? of(matchers) : OF}[$__rate_interval])`
const condition = (type: string): string => `max by (network) (lunarx_network_condition${of(`type="${type}",status="True"`)})`
const quantile = (histogram: string, by: string): string => `histogram_quantile(0.95, sum by (le, ${by}) (${rate(`${histogram}_bucket`)}))`

const network: Dashboard = {
  uid: 'lunarx-networks',
  title: 'LunarX / Networks',
  hasNetworks: true,
  rows: [
    {
      title: 'Is it well?',
      panels: [
        stat('Ready', 'bool', 'Objects can be put and read. If not: `kubectl describe lnet` names the cause.', condition('Ready')),
        stat('Healthy', 'bool', 'Every set and row has all its shards and replicas.', condition('Healthy')),
        stat(
          'Sets lost',
          'short',
          'Fewer shards are left than are needed to read them.',
          `max by (network) (lunarx_network_sets${of('margin="lost"')})`,
        ),
        chart('Sets by margin', 'short', 'How many shards of a set may still vanish. Margin 0 is repaired before all else.', [
          `sum by (margin) (lunarx_network_sets${OF})`,
          'margin {{margin}}',
        ]),
        chart(
          'Providers',
          'short',
          'Silent ones are suspect, then lost. Those declared lost, whose volume is gone, are not counted.',
          [`sum by (state) (lunarx_network_providers${OF})`, '{{state}}'],
          [`sum(lunarx_network_providers_desired${OF})`, 'wanted'],
        ),
        chart(
          'Trackers',
          'short',
          'A majority must answer.',
          [`sum(lunarx_network_trackers_reachable${OF})`, 'answer'],
          [`sum(lunarx_network_trackers_desired${OF})`, 'wanted'],
        ),
      ],
    },
    {
      title: 'Repair',
      panels: [
        chart('Degraded sets', 'short', 'Sets that miss shards.', [`sum by (network) (lunarx_network_degraded_sets${OF})`, '{{network}}']),
        chart('Backlog', 'bytes', 'Bytes of shards that are to be rebuilt.', [
          `sum by (network) (lunarx_network_repair_backlog_bytes${OF})`,
          '{{network}}',
        ]),
        chart('Time left', 's', 'Until the backlog is done, at the measured rate.', [
          `max by (network) (lunarx_network_repair_eta_seconds${OF})`,
          '{{network}}',
        ]),
        chart(
          'Late sets',
          'percentunit',
          'Of all sets: those that stay degraded for longer than `repair.objective` of the network says, and as many as it allows on the mean of its window.',
          [`max by (network) (lunarx_network_repair_late_ratio${OF})`, '{{network}} late'],
          [`max by (network) (lunarx_network_repair_allowed_late_ratio${OF})`, '{{network}} allowed'],
        ),
        chart('Error budget left', 'percentunit', 'Of the window of `repair.objective`.', [
          `max by (network) (lunarx_network_repair_budget_left_ratio${OF})`,
          '{{network}}',
        ]),
        chart('Shards repaired', 'short', 'A second, by tracker.', [
          `sum by (network, pod) (${rate('lunarx_tracker_repaired_shards_total')})`,
          '{{pod}}',
        ]),
        chart('Shards moved', 'short', 'A second, off providers that are drained.', [
          `sum by (network, pod) (${rate('lunarx_tracker_moved_shards_total')})`,
          '{{pod}}',
        ]),
        chart('Left to drain', 'bytes', 'Bytes that only providers that are drained hold.', [
          `sum by (network) (lunarx_tracker_drain_bytes${OF})`,
          '{{network}}',
        ]),
      ],
    },
    {
      title: 'Room',
      panels: [
        chart(
          'Used of capacity',
          'bytes',
          'Of providers that are alive.',
          [`sum by (network) (lunarx_network_used_bytes${OF})`, '{{network}} used'],
          [`sum by (network) (lunarx_network_capacity_bytes${OF})`, '{{network}} capacity'],
        ),
        chart('Fullest providers', 'percentunit', 'Used and reserved, of the capacity of each.', [
          `topk(10, sum by (namespace, pod) (lunarx_provider_bytes${of('kind=~"used|reserved"')}) / sum by (namespace, pod) (lunarx_provider_bytes${of('kind="capacity"')}))`,
          '{{pod}}',
        ]),
        chart('Reservations', 'short', 'Shards that clients or trackers are about to store.', [
          `sum by (network) (lunarx_provider_reservations${OF})`,
          '{{network}}',
        ]),
      ],
    },
    {
      title: 'Audits',
      panels: [
        chart('Leaves drawn', 'short', 'A second, by verdict. `disproved` is a provider that deceives.', [
          `sum by (network, verdict) (${rate('lunarx_audit_draws_total')})`,
          '{{network}} {{verdict}}',
        ]),
        chart(
          'Fewest proved',
          'short',
          'Leaves that the provider with the fewest has proved within the time of the promise, to all trackers.',
          [`sum by (network) (lunarx_audit_proved_least${OF})`, '{{network}}'],
        ),
        chart(
          'Standing',
          'short',
          'Providers, as the tracker sees them that trusts the fewest. Suspended and expelled ones get no new shards.',
          [`max by (network, standing) (lunarx_audit_providers${OF})`, '{{network}} {{standing}}'],
        ),
        chart(
          'Silence and verdicts',
          'short',
          'Shards that are silent, providers that lack rows; shards that were written off, rows lost, tickets convicted, an hour. `held`: the brake held it back.',
          [`sum by (network, state) (lunarx_audit_silent_shards${OF})`, '{{network}} {{state}}'],
          [`max by (network) (lunarx_audit_row_lackers${OF})`, '{{network}} lack rows'],
          [`sum by (network, verdict) (increase(lunarx_audit_settled_total${OF}[1h]))`, '{{network}} {{verdict}}'],
          [`sum by (network, verdict) (increase(lunarx_audit_rows_lost_total${OF}[1h]))`, '{{network}} rows {{verdict}}'],
          [`max by (network, cause) (increase(lunarx_audit_convictions_total${OF}[1h]))`, '{{network}} ticket by its {{cause}}'],
        ),
        chart(
          'Sweep',
          'percentunit',
          'Part of the present round of watermarks that was asked, of the tracker furthest behind; trackers that draw by the beacon.',
          [`min by (network) (lunarx_audit_sweep_done${OF})`, '{{network}} asked'],
          [`avg by (network) (lunarx_audit_beacon${OF})`, '{{network}} by the beacon'],
        ),
        chart('Watermarks', 'short', 'A second, by what came of them. What is wrong or lost is asked by its leaf.', [
          `sum by (network, outcome) (${rate('lunarx_audit_watermarks_total')})`,
          '{{network}} {{outcome}}',
        ]),
      ],
    },
    {
      title: 'Work',
      panels: [
        chart(
          'Shard bytes',
          'Bps',
          'Stored and sent by providers, repair included.',
          [`sum by (network) (${rate('lunarx_provider_stored_bytes_total')})`, '{{network}} stored'],
          [`sum by (network) (${rate('lunarx_provider_retrieved_bytes_total')})`, '{{network}} sent'],
        ),
        chart('Exchanges answered', 'short', 'A second, by exchange.', [
          `sum by (exchange) (${rate('lunarx_net_answered_total')})`,
          '{{exchange}}',
        ]),
        chart('Outcomes of exchanges', 'short', 'A second: OK, or the code of an error (docs/ERRORS.md).', [
          `sum by (outcome) (${rate('lunarx_net_answered_total')})`,
          '{{outcome}}',
        ]),
        chart('Trackers wait for providers', 's', '95 of 100 questions are answered within this.', [
          quantile('lunarx_tracker_ask_seconds', 'exchange'),
          '{{exchange}}',
        ]),
        chart('Sets known', 'short', 'By tracker.', [`sum by (network, pod) (lunarx_tracker_records${OF})`, '{{pod}}']),
        chart(
          'Epoch',
          'short',
          'Trackers follow the newest one.',
          [`max by (network) (lunarx_network_epoch${OF})`, '{{network}}'],
          [`min by (network) (lunarx_tracker_epoch${OF})`, '{{network}}, slowest tracker'],
        ),
      ],
    },
    {
      title: 'Is what lies there sound?',
      panels: [
        chart('Shards verified', 'short', 'A second, by what was found: sound, damaged or gone.', [
          `sum by (finding) (${rate('lunarx_scrub_shards_total')})`,
          '{{finding}}',
        ]),
        chart('Progress of the pass', 'percentunit', 'Of the slowest provider.', [
          `min by (network) (lunarx_scrub_progress${OF})`,
          '{{network}}',
        ]),
        chart('Bytes verified', 'Bps', 'By all providers.', [`sum by (network) (${rate('lunarx_scrub_bytes_total')})`, '{{network}}']),
      ],
    },
    {
      title: 'Buckets and HDFS',
      panels: [
        chart('Tries', 's', '95 of 100 are over within this.', [
          quantile('lunarx_backend_seconds', 'backend, operation'),
          '{{backend}} {{operation}}',
        ]),
        chart('Outcomes of tries', 'short', 'A second. What fails is tried again.', [
          `sum by (backend, outcome) (${rate('lunarx_backend_seconds_count')})`,
          '{{backend}} {{outcome}}',
        ]),
        chart('Failed for good', 'short', 'A second, after all tries.', [
          `sum by (backend, operation, code) (${rate('lunarx_backend_errors_total')})`,
          '{{backend}} {{operation}} {{code}}',
        ]),
      ],
    },
    {
      title: 'Processes',
      panels: [
        chart('CPU', 'short', 'Cores.', [`sum by (namespace, pod) (${rate('lunarx_process_cpu_seconds_total')})`, '{{pod}}']),
        chart('Memory', 'bytes', 'Resident.', [`sum by (namespace, pod) (lunarx_process_resident_memory_bytes${OF})`, '{{pod}}']),
        chart('Event loop', 's', 'One of 100 turns is later than this.', [
          `max by (namespace, pod) (lunarx_nodejs_eventloop_lag_p99_seconds${OF})`,
          '{{pod}}',
        ]),
        chart('Credentials', 's', 'Until the credential of a pod runs out. They are renewed at half of their life.', [
          `min by (network) (lunarx_credential_expires_timestamp_seconds${OF} - time())`,
          '{{network}}',
        ]),
      ],
    },
  ],
}

const every = (metric: string): string => `rate(${metric}[$__rate_interval])`
const operator: Dashboard = {
  uid: 'lunarx-operator',
  title: 'LunarX / Operator',
  hasNetworks: false,
  rows: [
    {
      title: 'Reconciliation',
      panels: [
        chart('Leader', 'short', 'One replica reconciles, all issue credentials.', [
          'max by (namespace, pod) (leader_election_master_status{name=~".*operator"})',
          '{{pod}}',
        ]),
        chart('Reconciliations', 'short', 'A second.', [
          `sum by (controller, result) (${every('controller_runtime_reconcile_total')})`,
          '{{controller}} {{result}}',
        ]),
        chart('Errors', 'short', 'A second. Each is tried again, within a minute at most.', [
          `sum by (controller) (${every('controller_runtime_reconcile_errors_total')})`,
          '{{controller}}',
        ]),
        chart('Time', 's', '95 of 100 reconciliations take less.', [
          `histogram_quantile(0.95, sum by (le, controller) (${every('controller_runtime_reconcile_time_seconds_bucket')}))`,
          '{{controller}}',
        ]),
        chart(
          'Workers',
          'short',
          'At work, and all.',
          ['sum by (controller) (controller_runtime_active_workers)', '{{controller}}'],
          ['max by (controller) (controller_runtime_max_concurrent_reconciles)', '{{controller}}, all'],
        ),
        chart('Waiting', 'short', 'Keys in the queue.', ['sum by (name) (workqueue_depth)', '{{name}}']),
        chart('Wait', 's', '95 of 100 keys wait less.', [
          `histogram_quantile(0.95, sum by (le, name) (${every('workqueue_queue_duration_seconds_bucket')}))`,
          '{{name}}',
        ]),
        chart('Work', 's', '95 of 100 keys are in hand for less.', [
          `histogram_quantile(0.95, sum by (le, name) (${every('workqueue_work_duration_seconds_bucket')}))`,
          '{{name}}',
        ]),
        chart('Added', 'short', 'Keys a second.', [`sum by (name) (${every('workqueue_adds_total')})`, '{{name}}']),
      ],
    },
    {
      title: 'API server and process',
      panels: [
        chart('Requests', 'short', 'A second, by the status of the answer.', [
          `sum by (code, method) (${every('rest_client_requests_total')})`,
          '{{method}} {{code}}',
        ]),
        chart('Memory', 'bytes', 'Resident.', [
          'sum by (namespace, pod) (process_resident_memory_bytes{job="lunarx-operator"})',
          '{{pod}}',
        ]),
        chart('CPU', 'short', 'Cores.', [
          'sum by (namespace, pod) (rate(process_cpu_seconds_total{job="lunarx-operator"}[$__rate_interval]))',
          '{{pod}}',
        ]),
      ],
    },
  ],
}

export const DASHBOARDS: readonly Dashboard[] = [network, operator]
