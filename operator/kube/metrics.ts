/**
 * The operator's own metrics under controller-runtime's names and labels, so that existing dashboards read them; those of the process
 * under the names that every Prometheus client library uses.
 *
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { collectProcessMetrics } from '@lunarx/runtime/metrics'

const QUEUE_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60]

export class KubeMetrics {
  readonly #registry = new Registry()
  readonly #registers = [this.#registry]
  readonly #gauges = new Map<string, Gauge>()

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
  readonly maxConcurrent = new Gauge({
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Workers that there are.',
    labelNames: ['controller'],
    registers: this.#registers,
  })
  readonly queueDepth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait.',
    labelNames: ['name', 'controller'],
    registers: this.#registers,
  })
  readonly queueAdds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Keys that were added.',
    labelNames: ['name', 'controller'],
    registers: this.#registers,
  })
  readonly queueRetries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys that were added again after a failure.',
    labelNames: ['name', 'controller'],
    registers: this.#registers,
  })
  readonly queueSeconds = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Time that a key waits.',
    labelNames: ['name', 'controller'],
    buckets: QUEUE_SECONDS,
    registers: this.#registers,
  })
  readonly workSeconds = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Time that a key is in hand.',
    labelNames: ['name', 'controller'],
    buckets: QUEUE_SECONDS,
    registers: this.#registers,
  })
  readonly isLeader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads.',
    labelNames: ['name'],
    registers: this.#registers,
  })

  constructor() {
    collectProcessMetrics(this.#registry)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** A gauge of somebody else's; declared again, the one of before. */
  gauge<T extends string>(name: string, help: string, labelNames: readonly T[]): Gauge<T> {
    const known = this.#gauges.get(name) ?? new Gauge({ name, help, labelNames, registers: this.#registers })
    this.#gauges.set(name, known)
    return known
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
