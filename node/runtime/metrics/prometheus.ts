/**
 * Metrics of a pod in the Prometheus text format, those of the process (`lunarx_process_…`) included.
 *
 * @module
 */
import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client'
import type { Counter, Gauge, Histogram, Metrics } from './metrics.ts'
import { checkMetricName } from './name.ts'
import { collectProcessMetrics } from './process.ts'

export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry()
  readonly #declared = new Map<string, { readonly key: string; readonly metric: unknown }>()

  constructor() {
    collectProcessMetrics(this.#registry, 'lunarx_')
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    const make = (): PromCounter => new PromCounter({ name, help, labelNames, registers: [this.#registry] })
    const counter = this.#once(name, ['counter', ...labelNames], make)
    return { add: (by = 1, labels = {}) => counter.inc(labels, by) }
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    const make = (): PromGauge => new PromGauge({ name, help, labelNames, registers: [this.#registry] })
    const gauge = this.#once(name, ['gauge', ...labelNames], make)
    return { set: (value, labels = {}) => gauge.set(labels, value) }
  }

  histogram(name: string, help: string, buckets: readonly number[], labelNames: readonly string[] = []): Histogram {
    const make = (): PromHistogram => new PromHistogram({ name, help, buckets: [...buckets], labelNames, registers: [this.#registry] })
    const histogram = this.#once(name, ['histogram', ...labelNames], make)
    return { observe: (value, labels = {}) => histogram.observe(labels, value) }
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** What `/metrics` answers. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #once<T>(name: string, shape: readonly string[], make: () => T): T {
    const key = shape.join(' ')
    const known = this.#declared.get(checkMetricName(name))
    if (known && known.key !== key) throw new RangeError(`metric ${name} is declared in two ways`)
    const declared = known ?? { key, metric: make() }
    this.#declared.set(name, declared)
    return declared.metric as T
  }
}
