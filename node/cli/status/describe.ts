/**
 * The state of a network for people. Pure.
 *
 * @module
 */
import { formatBytes, formatDuration, formatTable } from '../output/format.ts'
import type { NetworkStatus } from './summarise.ts'

export function describeStatus(status: NetworkStatus): string {
  const { network, epoch, capacityBytes, usedBytes, sets, providers, trackers, leases } = status
  const reachable = trackers.filter(({ isReachable }) => isReachable).length
  const margins = Object.entries(sets.margin)
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([margin, count]) => `${count} at ${margin}`)
  const eta = sets.etaMs === null ? 'not known yet' : formatDuration(sets.etaMs)
  const lines = [
    `network    ${network}, epoch ${epoch}`,
    `trackers   ${reachable} of ${trackers.length} answer`,
    `capacity   ${formatBytes(usedBytes)} of ${formatBytes(capacityBytes)} used`,
    `margins    ${margins.length > 0 ? margins.join(', ') : 'no sets'}`,
    ...(sets.degraded > 0 ? [`backlog    ${sets.backlogShards} shards, ${formatBytes(sets.backlogBytes)}, done in: ${eta}`] : []),
    ...(leases ? [`leases     ${describeLeases(leases)}`] : []),
  ]
  const shown = providers.filter(({ retired }) => !retired)
  const rows = shown.map(({ name, domain, state, declaredLost, drain, shards, usedBytes: used, capacityBytes: capacity }) => [
    name,
    domain,
    declaredLost ? 'lost' : drain ? describeDrain(drain) : state,
    `${shards} shards`,
    `${formatBytes(used)} of ${formatBytes(capacity)}`,
  ])
  return [...lines, ...(rows.length > 0 ? ['', formatTable([['PROVIDER', 'DOMAIN', 'STATE', 'HOLDS', 'SPACE'], ...rows])] : [])].join('\n')
}

function describeLeases({ owners, ending, over, nextMs }: NonNullable<NetworkStatus['leases']>): string {
  const next = nextMs === null ? [] : [`the next one is over in ${formatDuration(nextMs)}`]
  return [`${owners} of owners`, `${ending} near their end`, `${over} over`, ...next].join(', ')
}

const describeDrain = ({ isDrained, shards }: NonNullable<NetworkStatus['providers'][number]['drain']>): string =>
  isDrained ? 'drained' : `draining, ${shards} shards left`

/** Lost sets first, then by margin. */
const rank = (margin: string): number => (margin === 'lost' ? Number.NEGATIVE_INFINITY : Number(margin))
