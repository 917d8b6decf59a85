/**
 * What a collector received of an operation of a client.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CollectedSpan, Collector } from '../../hack/servers/otel-collector.ts'

const LOOK_MS = 500
export const SERVICES = ['lunarx-client', 'lunarx-provider', 'lunarx-tracker']

/** Operation → what it asks of trackers and providers, for an object that has shards. */
export const EXCHANGES_OF = [
  ['lunarx.put', ['lunarx/reserve', 'lunarx/store', 'lunarx/commit']],
  ['lunarx.get', ['lunarx/locate', 'lunarx/retrieve']],
] as const

export const servicesOf = (spans: readonly CollectedSpan[]): string[] => [...new Set(spans.map(({ service }) => service))].toSorted()

/** A question of the client in this trace, and its answer by a peer, of one exchange. */
const isAnswered = (trace: readonly CollectedSpan[], exchange: string): boolean =>
  trace.some(
    ({ service, kind, name, spanId }) =>
      service === 'lunarx-client' &&
      kind === 'Client' &&
      name === exchange &&
      trace.some((one) => one.kind === 'Server' && one.name === exchange && one.parentId === spanId && one.service !== service),
  )

/** The trace of an operation, once these exchanges of it have come with their answers: every process sends its spans when it likes. */
export async function traceOf(
  collector: Pick<Collector, 'spans'>,
  operation: string,
  exchanges: readonly string[],
): Promise<CollectedSpan[]> {
  for (;;) {
    const spans = await collector.spans()
    const root = spans.find(({ name }) => name === operation)
    const trace = spans.filter(({ traceId }) => traceId === root?.traceId)
    if (exchanges.every((exchange) => isAnswered(trace, exchange))) return trace
    await sleep(LOOK_MS)
  }
}
