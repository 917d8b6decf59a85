/**
 * Keeps kad-dht among members: whatever it opens goes to peers that have shown a credential of the network, and whatever comes in is
 * taken from such peers only.
 *
 * @module
 */
import type { Connection, Stream, StreamHandler } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { Log } from '@lunarx/runtime'
import type { Greetings } from '../control/greetings.ts'
import type { Membership } from '../session/membership.ts'
import type { RecordStore } from './records.ts'

export interface GateDeps {
  readonly greetings: Greetings
  readonly membership: Membership
  readonly records: RecordStore
  readonly log: Log
}

/** The parts of a host as kad-dht sees them. */
export function gated(parts: KadDHTComponents, { greetings, membership, records, log }: GateDeps): KadDHTComponents {
  const { registrar, connectionManager } = parts
  const guarded =
    (handler: StreamHandler): StreamHandler =>
    async (stream: Stream, connection: Connection) => {
      try {
        membership.assertCurrent(await greetings.shown(connection))
        await handler(stream, connection)
      } catch (error) {
        log.debug('a question to the directory was not answered', { peer: connection.remotePeer.toString(), error })
        stream.abort(error instanceof Error ? error : new Error('not answered', { cause: error }))
      }
    }
  const { peerId, privateKey, addressManager, peerStore, events, logger, ping } = parts
  return {
    peerId,
    privateKey,
    addressManager,
    peerStore,
    events,
    logger,
    ping,
    datastore: records,
    registrar: narrowed<KadDHTComponents['registrar']>({
      handle: (protocol, handler, options) => registrar.handle(protocol, guarded(handler), options),
      unhandle: (protocol, options) => registrar.unhandle(protocol, options),
      register: (protocol, topology, options) => registrar.register(protocol, topology, options),
      unregister: (id) => registrar.unregister(id),
    }),
    connectionManager: narrowed<KadDHTComponents['connectionManager']>({
      isDialable: (addresses, options) => connectionManager.isDialable(addresses, options),
      openStream: async (peer, protocol, options) => {
        const connection = await connectionManager.openConnection(peer, options)
        membership.assertCurrent(await greetings.session(connection))
        return await connection.newStream(protocol, options)
      },
    }),
  }
}

/** What kad-dht uses of a part: the rest is left out, so that nothing goes past the gate unseen. */
const narrowed = <T>(used: Partial<T>): T => used as T
