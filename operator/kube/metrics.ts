/**
 * The operator's own metrics under controller-runtime's names and labels, so that existing dashboards read them.
 *
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export class KubeMetrics {
  readonly #registry = new Registry()
  readonly #registers = [this.#registry]

  readonly requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server.',
    labelNames: ['code', 'method', 'host'],
    registers: this.#registers,
  })
  readonly reconciles = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations by result.',
    labelNames: ['controller', 'result'],
    registers: this.#registers,
  })
  readonly reconcileErrors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciliations that failed.',
    labelNames: ['controller'],
    registers: this.#registers,
  })
  readonly reconcileSeconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Time of a reconciliation.',
    labelNames: ['controller'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60],
    registers: this.#registers,
  })
  readonly activeWorkers = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Workers that reconcile now.',
    labelNames: ['controller'],
    registers: this.#registers,
  })
  readonly queueDepth = new Gauge({ name: 'workqueue_depth', help: 'Keys that wait.', labelNames: ['name'], registers: this.#registers })
  readonly queueAdds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Keys that were added.',
    labelNames: ['name'],
    registers: this.#registers,
  })
  readonly queueRetries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys that were added again after a failure.',
    labelNames: ['name'],
    registers: this.#registers,
  })
  readonly isLeader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads.',
    labelNames: ['name'],
    registers: this.#registers,
  })

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
