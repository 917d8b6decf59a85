/**
 * What audits have found of one provider, for the status of its pool. Pure. Only what seldom changes: each change is a write.
 *
 * @module
 */
import type { ProviderStatus } from '../api/index.ts'
import type { Fleet, FleetAudits } from '../healing/index.ts'
import { auditsAskedOf } from './order-audits.ts'
import type { Provider } from './pool.ts'
import { roundCount } from './quantity.ts'

type Member = NonNullable<ProviderStatus['members']>[number]
type MemberAudit = NonNullable<Member['audit']>

/** The outcome of the newest order: the one that is over now, or what was written down before. */
function orderOf(owner: Provider, peer: string, audits: FleetAudits, before: MemberAudit | undefined, nowMs: number) {
  const asked = auditsAskedOf(owner).find((one) => one.peer === peer)
  if (asked === undefined || asked.id === before?.order?.id) return before?.order
  const order = audits.providers.get(peer)?.orders.find(({ id }) => id === asked.id)
  const isOver = order?.isOver === true && order.trackers >= audits.trackers
  return isOver ? { id: asked.id, ...order.verdicts, time: new Date(nowMs).toISOString() } : before?.order
}

/**
 * Where trackers are away, sums would say too little: then it stays as it was.
 * @param fleet undefined: no tracker answers; without audits: nothing is audited
 * @returns undefined: nothing is known
 */
export function memberAudit(
  owner: Provider,
  peer: string,
  fleet: Pick<Fleet, 'audits'> | undefined,
  nowMs: number,
): MemberAudit | undefined {
  const before = owner.status?.members?.find((member) => member.peer === peer)?.audit
  if (fleet === undefined) return before
  const { audits } = fleet
  if (audits === undefined) return undefined
  const seen = audits.providers.get(peer)
  if (seen === undefined || !audits.isWhole) return before
  const { standing, reason, coverage, verdicts } = seen
  const order = orderOf(owner, peer, audits, before, nowMs)
  return {
    standing,
    ...(reason === '' ? {} : { reason }),
    coverage,
    disproved: roundCount(verdicts.disproved),
    lost: roundCount(verdicts.lost),
    ...(order === undefined ? {} : { order }),
  }
}
