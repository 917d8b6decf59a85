/**
 * How an epoch reaches everyone: whoever adopts a newer one tells the other trackers and the providers once; who was away is told
 * by the answer to its heartbeat, or asks.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { EpochMember } from '@lunarx/core/epoch'
import type { PeerAddress } from '@lunarx/core/model'
import { announceEpoch, readEpochs } from '@lunarx/wire'
import type { Ask } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { Epochs } from './epochs.ts'

export interface SpreadDeps {
  readonly ask: Ask
  readonly epochs: Epochs
  /** Told who is a member now. */
  readonly expect: (members: readonly EpochMember[]) => Promise<void>
  /** Who is to be told of a new epoch. */
  readonly audience: () => PeerAddress[]
  /** Runs work in the background. */
  readonly run: (name: string, work: (signal: AbortSignal) => Promise<void>) => void
}

/** Tells this many at a time. */
const AT_ONCE = 16

/** Adopts and, if it is news, tells the others in the background. Returns the newest number held here. */
export async function takeEpoch(document: SignedDocument, { epochs, run, ask, audience, expect }: SpreadDeps): Promise<number> {
  const isNewest = await epochs.adopt(document)
  if (isNewest) {
    await expect(epochs.members)
    run('announce epoch', async (signal) => {
      const told = audience()
      for (let at = 0; at < told.length; at += AT_ONCE) {
        const group = told.slice(at, at + AT_ONCE)
        await Promise.allSettled(
          group.map((to) => ask(to, announceEpoch, { epoch: document }, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })),
        )
      }
    })
  }
  return epochs.number
}

/** Fetches what a peer holds that is newer. */
export async function fetchEpochs(from: PeerAddress, deps: SpreadDeps, signal: AbortSignal): Promise<void> {
  const { epochs } = await deps.ask(from, readEpochs, {}, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })
  for (const document of epochs.toReversed()) await takeEpoch(document, deps)
}
