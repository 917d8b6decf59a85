/**
 * The state of a network for people. Pure.
 *
 * @module
 */
import { formatBytes, formatDuration, formatTable } from '../output/format.ts'
import type { NetworkStatus } from './summarise.ts'

export function describeStatus(status: NetworkStatus): string {
  const { network, epoch, capacityBytes, usedBytes, sets, providers, trackers, audit, leases } = status
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
    ...(audit ? describeAudits(audit) : []),
  ]
  const shown = providers.filter(({ retired }) => !retired)
  const rows = shown.map(({ peer, name, domain, state, declaredLost, drain, shards, usedBytes: used, capacityBytes: capacity }) => [
    name,
    domain,
    declaredLost ? 'lost' : drain ? describeDrain(drain) : state,
    `${shards} shards`,
    `${formatBytes(used)} of ${formatBytes(capacity)}`,
    ...(audit ? [audit.standings[peer] ?? 'not heard of'] : []),
  ])
  const titles = ['PROVIDER', 'DOMAIN', 'STATE', 'HOLDS', 'SPACE', ...(audit ? ['STANDING'] : [])]
  return [...lines, ...(rows.length > 0 ? ['', formatTable([titles, ...rows])] : [])].join('\n')
}

function describeAudits(audit: NonNullable<NetworkStatus['audit']>): string[] {
  const { promisedDraws, withinMs, provedLeast, contained, silent, byBeacon, trackers, swept, unkeyed, shared, verifiers, convictions } =
    audit
  const silence = contained + silent > 0 ? `; ${contained + silent} shards silent, ${silent} of them missing for it` : ''
  const left = unkeyed > 0 ? `, ${unkeyed} sets left out: their owners have not dealt keys` : ''
  const leaves = shared > 0 ? `, ${shared} shared sets asked for leaves only` : ''
  return [
    `audits     ${provedLeast} leaves proved by the provider with the fewest, ${Math.ceil(promisedDraws)} promised in ${formatDuration(withinMs)}${silence}`,
    `beacon     ${byBeacon} of ${trackers} trackers draw by it`,
    `sweep      ${Math.floor(100 * swept)} % of this round asked${left}${leaves}`,
    ...(verifiers.known > 0 ? [`verifiers  ${verifiers.known} known, ${verifiers.silent} silent`] : []),
    ...(convictions.kept > 0 ? [`tickets    ${describeConvictions(convictions)}`] : []),
  ]
}

/** That are named; `--json` has all. */
const CONVICTED_SHOWN = 3

function describeConvictions({ kept, trackers, owners }: NonNullable<NetworkStatus['audit']>['convictions']): string {
  const opened = trackers.filter(({ convicted }) => convicted > 0)
  const named = trackers.filter((one) => one.named > 0)
  const against = [
    ...opened.map(({ tracker, convicted }) => `tracker ${tracker} opened ${convicted} otherwise than it had committed to`),
    ...owners.map(({ owner, convicted }) => `owner ${owner} dealt other codes than it sealed for ${convicted} sets`),
    ...named.map(({ tracker, named: sets, owners: of }) => `tracker ${tracker} or the ${of} owners of ${sets} sets`),
  ]
  const left = against.length > CONVICTED_SHOWN ? [`${against.length - CONVICTED_SHOWN} more`] : []
  return `${kept} convicted: ${[...against.slice(0, CONVICTED_SHOWN), ...left].join('; ')}`
}

function describeLeases({ owners, ending, over, nextMs }: NonNullable<NetworkStatus['leases']>): string {
  const next = nextMs === null ? [] : [`the next one is over in ${formatDuration(nextMs)}`]
  return [`${owners} of owners`, `${ending} near their end`, `${over} over`, ...next].join(', ')
}

const describeDrain = ({ isDrained, shards }: NonNullable<NetworkStatus['providers'][number]['drain']>): string =>
  isDrained ? 'drained' : `draining, ${shards} shards left`

/** Lost sets first, then by margin. */
const rank = (margin: string): number => (margin === 'lost' ? Number.NEGATIVE_INFINITY : Number(margin))
