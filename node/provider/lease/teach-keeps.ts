/**
 * teach-keeps: a tracker that lacked the records of sets gets the keeps that lie beside them, too. recall: it asks for them itself.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerAddress } from '@lunarx/core/model'
import { askPeer } from '@lunarx/index'
import type { Peers } from '@lunarx/net/peers'
import { teachKeeps as teachKeepsExchange } from '@lunarx/wire'
import type { Catalog } from '../catalog/index.ts'
import { PROVIDER_LIMITS } from '../limits.ts'

export interface TeachKeepsDeps {
  readonly peers: Peers
  readonly catalog: Catalog
}

/** Those of these sets that are remembered here. */
export async function keepsOf(segments: readonly Uint8Array[], { keeps }: Pick<Catalog, 'keeps'>): Promise<SignedDocument[]> {
  return (await Promise.all(segments.map((segment) => keeps.of(segment)))).flatMap((keep) => keep ?? [])
}

/** To be called once the tracker has the records. @throws {LunarError} what asking throws */
export async function teachKeeps(
  tracker: PeerAddress,
  segments: readonly Uint8Array[],
  { peers, catalog }: TeachKeepsDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < segments.length; at += PROVIDER_LIMITS.taughtRecords) {
    const keeps = await keepsOf(segments.slice(at, at + PROVIDER_LIMITS.taughtRecords), catalog)
    if (keeps.length > 0) await askPeer(peers, tracker, teachKeepsExchange, { keeps }, { timeoutMs: PROVIDER_LIMITS.reportMs, signal })
  }
}
