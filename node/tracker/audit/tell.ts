/**
 * What the other trackers are told: verdicts, which each judges again, and how much was proved.
 *
 * @module
 */
import type { Transcript } from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import { tellProofs, tellVerdict } from '@lunarx/wire'
import { isAway, type Ask } from '../ask/index.ts'
import type { TrackerRing } from '../ring/index.ts'

export interface TellDeps {
  readonly ask: Ask
  readonly ring: TrackerRing
}

/** One that is away misses it: it finds out by draws of its own, or is told by the map. */
export async function tellVerdictTo(transcripts: readonly Transcript[], { ask, ring }: TellDeps, signal: AbortSignal): Promise<void> {
  if (transcripts.length === 0) return
  const question = { transcripts: [...transcripts] }
  await Promise.all(ring.reachable.map(({ address }) => unlessAway(ask(address, tellVerdict, question, { signal }))))
}

export async function tellProofsTo(proofs: ReadonlyMap<PeerId, number>, { ask, ring }: TellDeps, signal: AbortSignal): Promise<void> {
  if (proofs.size === 0) return
  const question = { proofs: [...proofs].map(([provider, count]) => ({ provider, proofs: count })) }
  await Promise.all(ring.reachable.map(({ address }) => unlessAway(ask(address, tellProofs, question, { signal }))))
}

async function unlessAway(asked: Promise<unknown>): Promise<void> {
  try {
    await asked
  } catch (error) {
    if (!isAway(error)) throw error
  }
}
