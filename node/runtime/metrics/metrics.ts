/**
 * Counters, gauges and histograms, named `lunarx_*`, exposed at `/metrics`.
 *
 * @module
 */
export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(by?: number, labels?: Labels): void
}
export interface Gauge {
  set(value: number, labels?: Labels): void
}
export interface Histogram {
  observe(value: number, labels?: Labels): void
}

/** Declared again alike, a name gives the metric of before: several parts of a process may share one. */
export interface Metrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge
  histogram(name: string, help: string, buckets: readonly number[], labelNames?: readonly string[]): Histogram
}
