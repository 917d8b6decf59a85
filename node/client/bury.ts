/**
 * bury: the owner's tombstones for sets that nothing names any more. Holders then remove their shards.
 *
 * @module
 */
import { signDocument, TOMBSTONE } from '@lunarx/core/document'
import type { OwnerKeys } from '@lunarx/core/keys'
import type { NetworkConfig } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import { bury as buryExchange } from '@lunarx/wire'
import type { Trackers } from './trackers/index.ts'

/** Tombstones in one message. */
const BATCH = 1_000

export interface BuryDeps {
  readonly network: NetworkConfig
  readonly keys: OwnerKeys
  readonly clock: Clock
  readonly trackers: Trackers
}

/** Durable with the ring owners when it resolves. @throws {LunarError} PEER_UNREACHABLE: no tracker answers */
export async function bury(
  segments: readonly Uint8Array[],
  { network, keys, clock, trackers }: BuryDeps,
  signal: AbortSignal,
): Promise<void> {
  const deletedMs = clock.now()
  for (let at = 0; at < segments.length; at += BATCH) {
    const batch = segments.slice(at, at + BATCH)
    const tombstones = batch.map((segment) =>
      signDocument(TOMBSTONE, { network: network.network, owner: keys.identity.publicKey, segment, deletedMs }, keys.identity),
    )
    const [about] = batch
    if (about) await trackers.ask(buryExchange, { tombstones }, { about, signal })
  }
}
