/**
 * Verifies what others send for the map: records and tombstones of this network, signed by their owner, sound in themselves.
 *
 * Whether a class is still offered is asked when a set is placed, not here: a set outlives its class.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, openDocument, SEGMENT_RECORD, TOMBSTONE, type SignedDocument } from '@lunarx/core/document'
import { LIMITS, LunarError } from '@lunarx/core/model'
import type { NewRecord, NewTombstone } from './records.ts'

export interface OpenDeps {
  readonly network: string
  readonly crypto: CryptoEngine
}

/** The set that a record is of, whether or not it verifies. */
export const recordId = (document: SignedDocument, crypto: CryptoEngine): Uint8Array => documentId(SEGMENT_RECORD, document, crypto)

/**
 * @param id as {@link recordId} says, where that was asked before
 * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK
 */
export function openRecord(document: SignedDocument, { network, crypto }: OpenDeps, id = recordId(document, crypto)): NewRecord {
  const record = openDocument(SEGMENT_RECORD, document, ({ owner }) => owner, crypto)
  checkNetwork(record.network, network)
  const shards = record.required + record.parity
  if (record.addresses.length !== shards)
    throw new LunarError('BAD_MESSAGE', 'a record names another number of addresses than its code has shards', {
      detail: { addresses: record.addresses.length, shards },
    })
  if (record.survive > record.parity) throw new LunarError('BAD_MESSAGE', 'a record wants to survive more domains than it has parity')
  if (record.shardBytes * shards > MAX_SET_BYTES)
    throw new LunarError('BAD_MESSAGE', 'the shards of a record are larger than a segment may be', {
      detail: { shardBytes: record.shardBytes },
    })
  return { id, record, document }
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK */
export function openTombstone(document: SignedDocument, { network, crypto }: OpenDeps): NewTombstone {
  const { network: named, segment, owner } = openDocument(TOMBSTONE, document, (tombstone) => tombstone.owner, crypto)
  checkNetwork(named, network)
  return { segment, owner, document }
}

/** A segment in flight, and room for tags, padding and watermarks. */
const MAX_SET_BYTES = LIMITS.segmentInFlightBytes * 1.125

function checkNetwork(named: string, network: string): void {
  if (named !== network) throw new LunarError('UNKNOWN_NETWORK', 'the document belongs to another network', { detail: { named, network } })
}
