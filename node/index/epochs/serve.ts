/**
 * Answers questions about epochs, and takes those that are announced.
 *
 * @module
 */
import type { Peers } from '@lunarx/net/peers'
import { announceEpoch, readEpochs } from '@lunarx/wire'
import type { EpochKeeper } from './keep.ts'

export function serveEpochs(peers: Peers, epochs: EpochKeeper): void {
  peers.answer(readEpochs, async () => ({ epochs: epochs.documents }))
  peers.answer(announceEpoch, async ({ epoch }) => {
    await epochs.adopt(epoch)
    return { number: epochs.number }
  })
}
