/**
 * Metrics kept in memory, to be read by who started the role: simulations and tests.
 *
 * @module
 */
import type { Counter, Gauge, Histogram, Labels, Metrics } from './metrics.ts'
import { checkMetricName } from './name.ts'

export class RecordedMetrics implements Metrics {
  readonly #declared = new Map<string, { readonly kind: string; readonly labelNames: readonly string[] }>()
  readonly #values = new Map<string, number>()
  readonly #observed = new Map<string, number[]>()

  counter(name: string, _help: string, labelNames: readonly string[] = []): Counter {
    this.#declare(name, 'counter', labelNames)
    return {
      add: (by = 1, labels = {}) => {
        if (by < 0) throw new RangeError('a counter only grows')
        const key = this.#key(name, labels)
        this.#values.set(key, (this.#values.get(key) ?? 0) + by)
      },
    }
  }

  gauge(name: string, _help: string, labelNames: readonly string[] = []): Gauge {
    this.#declare(name, 'gauge', labelNames)
    return { set: (value, labels = {}) => void this.#values.set(this.#key(name, labels), value) }
  }

  histogram(name: string, _help: string, _buckets: readonly number[], labelNames: readonly string[] = []): Histogram {
    this.#declare(name, 'histogram', labelNames)
    return {
      observe: (value, labels = {}) => {
        const key = this.#key(name, labels)
        const observed = this.#observed.get(key) ?? []
        observed.push(value)
        this.#observed.set(key, observed)
      },
    }
  }

  /** Of a counter or gauge; 0 when it was never touched. @throws {RangeError} on an undeclared name or label */
  value(name: string, labels: Labels = {}): number {
    return this.#values.get(this.#key(name, labels)) ?? 0
  }

  /** Of a histogram. */
  observed(name: string, labels: Labels = {}): readonly number[] {
    return this.#observed.get(this.#key(name, labels)) ?? []
  }

  #declare(name: string, kind: string, labelNames: readonly string[]): void {
    const known = this.#declared.get(checkMetricName(name))
    if (known && (known.kind !== kind || known.labelNames.join() !== labelNames.join()))
      throw new RangeError(`metric ${name} is declared in two ways`)
    this.#declared.set(name, { kind, labelNames })
  }

  #key(name: string, labels: Labels): string {
    const declared = this.#declared.get(name)?.labelNames
    if (!declared) throw new RangeError(`metric ${name} is not declared`)
    const unknown = Object.keys(labels).find((label) => !declared.includes(label))
    if (unknown) throw new RangeError(`metric ${name} has no label ${unknown}`)
    return JSON.stringify([name, ...declared.map((label) => labels[label] ?? '')])
  }
}
