/**
 * Whether a row that a replica lacks is really there: the other members of its partition are asked for it, before it counts for anything.
 *
 * @module
 */
import { witnessesNeeded } from '@lunarx/core/audit'
import { partitionMembers } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'
import { askRow, type AskRowsDeps, type RowEpoch } from './ask-rows.ts'
import type { RowCase } from './row-cases.ts'

/** True if enough other members proved it just now. @param mayAsk who is there to be asked */
export async function isVouched(
  { provider, drawn, commit }: Omit<RowCase, 'state'>,
  epoch: RowEpoch,
  mayAsk: (peer: PeerId) => boolean,
  deps: AskRowsDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const members = partitionMembers(epoch, drawn.signed.partition, deps.crypto).map(({ peer }) => peer)
  const witnesses = members.filter((peer) => peer !== provider && mayAsk(peer))
  const needed = witnessesNeeded(epoch.survive)
  if (witnesses.length < needed) return false
  const asked = await Promise.all(witnesses.map((peer) => askRow(drawn, peer, commit, epoch, deps, signal)))
  return asked.filter(({ verdict }) => verdict === 'proved').length >= needed
}
