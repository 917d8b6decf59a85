/**
 * Audits that a person wants at once: told to every tracker that does not say yet that it took the order. One that refuses, because the
 * provider was audited on order a moment ago, is told again at the next look; one that asks nothing, because of maintenance, after that.
 *
 * @module
 */
import { auditOrderId } from '@lunarx/wire'
import type { ProviderStatus } from '../api/index.ts'
import type { KubeObject } from '../kube/index.ts'
import type { ControllerDeps } from './deps.ts'
import type { Answering } from './look.ts'
import { AUDIT_ANNOTATION } from './names.ts'
import type { Pool, Provider } from './pool.ts'

/** Orders that are looked at in one pool. */
const MAX_ORDERS = 16

export interface AskedAudit {
  readonly peer: string
  readonly id: string
}

/** What the annotation says; what is no order is passed over. */
export const auditsAskedOf = ({ metadata }: KubeObject): readonly AskedAudit[] =>
  (metadata.annotations?.[AUDIT_ANNOTATION] ?? '')
    .split(',')
    .map((entry) => entry.trim().split('@'))
    .flatMap(([peer = '', id = '']) => (peer !== '' && auditOrderId.safeParse(id).success ? [{ peer, id }] : []))
    .slice(-MAX_ORDERS)

/** The annotation with one more order: the newest of each peer, and no more than are looked at. */
export const withAudit = (asked: readonly AskedAudit[], order: AskedAudit): string =>
  [...asked.filter(({ peer }) => peer !== order.peer), order]
    .slice(-MAX_ORDERS)
    .map(({ peer, id }) => `${peer}@${id}`)
    .join(',')

/** Orders of a pool whose outcome is not written down yet. */
function openOrders(owner: Provider): AskedAudit[] {
  const members: NonNullable<ProviderStatus['members']> = owner.status?.members ?? []
  return auditsAskedOf(owner).filter((asked) => members.some(({ peer, audit }) => peer === asked.peer && audit?.order?.id !== asked.id))
}

export async function orderAudits(
  pools: readonly Pool[],
  trackers: readonly Answering[],
  deps: Pick<ControllerDeps, 'log'>,
  signal: AbortSignal,
): Promise<void> {
  for (const { name, owner } of pools)
    for (const { peer, id } of openOrders(owner as Provider))
      for (const { admin, status } of trackers) {
        const seen = status.audit?.providers.find((one) => one.peer === peer)
        if (seen === undefined || seen.order?.id === id || seen.maintenance) continue
        try {
          await admin.orderAudit(peer, id, signal)
          deps.log.info('audit ordered', { pool: name, peer, order: id, tracker: status.name })
        } catch (error) {
          if (signal.aborted) throw error
          deps.log.warn('a tracker did not take an order to audit', { pool: name, peer, order: id, tracker: status.name, error })
        }
      }
}
