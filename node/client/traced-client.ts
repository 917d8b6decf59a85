/**
 * A client whose operations are spans. What it asks within them is their children, and carries the trace to the peers.
 *
 * Of an object only its size and class are told, never its name, owner or anything of its content.
 *
 * @module
 */
import { traced, tracedItems, type SpanOptions, type Tracer } from '@lunarx/runtime/tracing'
import type { Client } from './client.ts'

const OPERATION: SpanOptions = { kind: 'internal' }

export function tracedClient(client: Client, tracer: Tracer): Client {
  const operation = <T>(name: string, work: () => Promise<T>): Promise<T> => traced(tracer, `lunarx.${name}`, OPERATION, work)
  const items = <T>(name: string, all: AsyncIterable<T>): AsyncIterable<T> => tracedItems(tracer, `lunarx.${name}`, OPERATION, all)
  return {
    ...client,
    put: (name, source, options) =>
      traced(tracer, 'lunarx.put', OPERATION, async (span) => {
        const stat = await client.put(name, source, options)
        span?.set({ 'lunarx.size_bytes': stat.sizeBytes, 'lunarx.class': stat.class })
        return stat
      }),
    get: (name, options) => items('get', client.get(name, options)),
    getShared: (grant, options) => items('get_shared', client.getShared(grant, options)),
    list: (options) => items('list', client.list(options)),
    stat: (name, options) => operation('stat', () => client.stat(name, options)),
    versions: (name, options) => operation('versions', () => client.versions(name, options)),
    delete: (name, options) => operation('delete', () => client.delete(name, options)),
    share: (name, grantee, options) => operation('share', () => client.share(name, grantee, options)),
    statShared: (grant, options) => operation('stat_shared', () => client.statShared(grant, options)),
  }
}
