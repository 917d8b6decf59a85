/**
 * Metrics of this process (CPU, memory, event loop, garbage collection), as prom-client collects them, in forms that `promtool check
 * metrics` accepts.
 *
 * @module
 */
import { collectDefaultMetrics, type Registry } from 'prom-client'

/**
 * Milliseconds between two samples of the event loop's lag, and what its `nodejs_eventloop_lag_{min,mean,…}` read while there is
 * none. The usual 10 wake an idle process a hundred times a second, which was more than half of all that it cost.
 */
const LAG_SAMPLE_MS = 100

/** Gauges that are named like counters; each has a twin with a label `type`, whose sum it is. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

export function collectProcessMetrics(register: Registry, prefix = ''): void {
  collectDefaultMetrics({ register, prefix, eventLoopMonitoringPrecision: LAG_SAMPLE_MS })
  for (const name of MISNAMED) register.removeSingleMetric(`${prefix}${name}`)
}
