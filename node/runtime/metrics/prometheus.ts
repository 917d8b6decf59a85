/**
 * Metrics of a pod in the Prometheus text format, those of the process (`lunarx_process_…`) included.
 *
 * @module
 */
import { collectDefaultMetrics, Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client'
import type { Counter, Gauge, Histogram, Metrics } from './metrics.ts'
import { checkMetricName } from './name.ts'

export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.#registry, prefix: 'lunarx_' })
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    const counter = new PromCounter({ ...this.#describe(name, help), labelNames })
    return { add: (by = 1, labels = {}) => counter.inc(labels, by) }
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    const gauge = new PromGauge({ ...this.#describe(name, help), labelNames })
    return { set: (value, labels = {}) => gauge.set(labels, value) }
  }

  histogram(name: string, help: string, buckets: readonly number[], labelNames: readonly string[] = []): Histogram {
    const histogram = new PromHistogram({ ...this.#describe(name, help), buckets: [...buckets], labelNames })
    return { observe: (value, labels = {}) => histogram.observe(labels, value) }
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** What `/metrics` answers. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #describe(name: string, help: string) {
    return { name: checkMetricName(name), help, registers: [this.#registry] }
  }
}
