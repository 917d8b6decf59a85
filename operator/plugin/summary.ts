/**
 * The state of a network in the words of somebody who is woken at night: is it well, what is wrong, what is being done and until when,
 * what is left for a person. Pure.
 *
 * @module
 */
import type { Condition } from '../api/index.ts'
import { UNDRAINED_ANNOTATION, verifiersName } from '../controllers/index.ts'
import { adviceFor } from './advice.ts'
import { duration } from './duration.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Leader } from './leader.ts'
import { isBurning, objectiveSummary, type ObjectiveSummary } from './objective.ts'
import { conditionOf, isReady, podsWanted, type Observed } from './observe.ts'

export interface Pool {
  readonly kind: string
  readonly name: string
  readonly wanted: number
  readonly ready: number
  readonly reason: string
}

export interface Summary {
  readonly namespace: string
  readonly network: string
  readonly verdict: 'healthy' | 'degraded' | 'not-ready' | 'lost' | 'unknown'
  /** One sentence. */
  readonly headline: string
  readonly wrong: readonly string[]
  /** What the network does about it by itself. */
  readonly doing: readonly string[]
  /** What a person should do; []: nothing. */
  readonly you: readonly string[]
  /** What nobody would do by itself, and who can; []: nothing. */
  readonly unwatched: readonly string[]
  readonly etaSeconds: number | null
  readonly capacity: string | null
  readonly used: string | null
  readonly setsByMargin: Readonly<Record<string, number>>
  readonly setsLost: number
  /** How repair keeps it; null: the spec of the network cannot be read. */
  readonly objective: ObjectiveSummary | null
  /** That trackers know; null: none. */
  readonly verifiers: { readonly known: number; readonly silent: number } | null
  readonly pools: readonly Pool[]
  readonly warnings: readonly { readonly time: string; readonly object: string; readonly reason: string; readonly message: string }[]
}

export const EXIT_OF: Readonly<Record<Summary['verdict'], ExitCode>> = {
  healthy: EXIT.ok,
  degraded: EXIT.degraded,
  'not-ready': EXIT.notReady,
  lost: EXIT.lost,
  unknown: EXIT.notReady,
}

const BURNING = 'See why sets stay degraded for longer than repair.objective allows: docs/RUNBOOKS.md, LunarxRepairBudgetBurning.'

/** Of the newest warnings, these many. */
const WARNINGS = 5

/** Conditions without which something is wrong. */
const IS_WANTED: readonly string[] = ['Ready', 'Healthy', 'BackendReady', 'StoreReady', 'Exposed', 'VerifiersReady']

/** Conditions that say that something is wrong. */
const IS_TROUBLE: readonly string[] = ['NodesLost', 'TrackersTogether', 'RowsLacking', 'ScaleDownRefused', 'GrowRefused']

/** Conditions that say that something is not as it should be. */
function troubles(observed: Observed): readonly { readonly owner: string; readonly condition: Condition }[] {
  const isTrouble = ({ type, status }: Condition): boolean =>
    IS_WANTED.includes(type) ? status !== 'True' : IS_TROUBLE.includes(type) && status === 'True'
  const { network, trackers, providers } = observed
  return [
    ...(network.status?.conditions ?? []).map((condition) => ({ owner: 'network', condition })),
    ...[...trackers, ...providers].flatMap(({ metadata, status }) =>
      (status?.conditions ?? []).map((condition) => ({ owner: metadata.name, condition })),
    ),
  ].filter(({ condition }) => isTrouble(condition))
}

function verdictOf({ network }: Observed, leader: Leader): Summary['verdict'] {
  if (network.status?.conditions === undefined || leader.kind === 'away') return 'unknown'
  if ((network.status.sets?.lost ?? 0) > 0) return 'lost'
  if (conditionOf(network, 'Ready')?.status !== 'True') return 'not-ready'
  return conditionOf(network, 'Healthy')?.status === 'True' ? 'healthy' : 'degraded'
}

const HEADLINES: Readonly<Record<Summary['verdict'], string>> = {
  healthy: 'HEALTHY: objects can be put and read, every set and row has all its copies.',
  degraded: 'DEGRADED: objects can be put and read, nothing is lost; something is missing.',
  'not-ready': 'NOT READY: new objects cannot be put, or stored ones cannot be read. Nothing is known to be lost.',
  lost: 'LOST: of some sets fewer shards are left than are needed to read them.',
  unknown: 'UNKNOWN: the operator has said nothing about this network yet.',
}

function doing(observed: Observed): string[] {
  const { network, trackers, providers } = observed
  const { backlogShards = 0, backlog = '', etaSeconds } = network.status?.repair ?? {}
  const eta = etaSeconds === undefined ? 'not measured yet' : `about ${duration(etaSeconds)}`
  const repair = backlogShards > 0 ? [`Repair: ${backlogShards} shards (${backlog}) are left, ${eta}.`] : []
  const moving = [network, ...trackers, ...providers].flatMap((one) => {
    const condition = conditionOf(one, one === network ? 'Progressing' : 'Draining')
    return condition?.status === 'True' && condition.reason !== 'Repairing' ? [`${condition.reason}: ${condition.message}`] : []
  })
  return [...repair, ...moving]
}

function poolsOf({ trackers, providers, pods }: Observed): Pool[] {
  const readyOf = (instance: string): number =>
    pods.filter((pod) => pod.metadata.labels?.['app.kubernetes.io/instance'] === instance && isReady(pod)).length
  const pools = [...trackers, ...providers].map((pool) => {
    const { kind, status } = pool
    const { name } = pool.metadata
    const bad = status?.conditions?.find(({ type, status: is }) => (type === 'Ready' || type === 'Healthy') && is !== 'True')
    return { kind, name, wanted: podsWanted(pool), ready: readyOf(name), reason: bad?.reason ?? 'Well' }
  })
  const verifiers = trackers.flatMap((tracker) => {
    const { replicas: wanted = 0 } = (tracker.spec['verifiers'] ?? {}) as { readonly replicas?: number }
    const condition = conditionOf(tracker, 'VerifiersReady')
    const name = verifiersName(tracker.metadata.name)
    const reason = condition?.status === 'True' ? 'Well' : (condition?.reason ?? 'Judging')
    return wanted === 0 ? [] : [{ kind: 'Verifiers', name, wanted, ready: readyOf(name), reason }]
  })
  return [...pools, ...verifiers]
}

/** Pools that are being deleted and cannot be drained: only a person can say that what they hold may go. */
function heldPools({ trackers, providers }: Observed): string[] {
  return [...trackers, ...providers].flatMap((pool) => {
    const { kind, metadata } = pool
    if (metadata.deletionTimestamp === undefined || conditionOf(pool, 'ScaleDownRefused')?.status !== 'True') return []
    const place = `${kind.toLowerCase()}/${metadata.name} -n ${metadata.namespace ?? 'default'}`
    return [
      `${metadata.name} is being deleted and still needed. To remove it all the same, with what only it holds: ` +
        `kubectl annotate ${place} ${UNDRAINED_ANNOTATION}=true (its volume claims stay).`,
    ]
  })
}

/** Nodes that are gone, where the operator may not look at them: a person should know it before one is. */
function unwatchedNodes({ network }: Observed): string[] {
  const condition = conditionOf(network, 'NodesLost')
  if (condition?.status !== 'Unknown' || condition.reason !== 'NotAllowed') return []
  return [`Nodes that are gone: ${condition.message}`, adviceFor(condition.reason, network.metadata) ?? '']
}

const unwatchedOperator = (leader: Leader): string[] =>
  leader.kind === 'unseen' && leader.place !== null
    ? [
        `Whether an operator works: you may not read Leases in namespace ${leader.place}. If none does, this page is as old as its last look.`,
      ]
    : []

function leaderless(leader: Leader): { readonly headline: string; readonly you: string } | undefined {
  if (leader.kind !== 'away') return undefined
  const since = leader.since === null ? '' : ` since ${leader.since}`
  return {
    headline: `UNKNOWN: no operator works${since}. What follows is what one saw last; objects are served and repaired meanwhile.`,
    you: `Start the operator soon, for credentials live for a day at most (issuer.membershipLifetimeSeconds of its chart): kubectl get pods -n ${leader.place} -l app.kubernetes.io/component=operator.`,
  }
}

export function summarise(observed: Observed, leader: Leader = { kind: 'works' }): Summary {
  const { network, warnings } = observed
  const verdict = verdictOf(observed, leader)
  const away = leaderless(leader)
  const found = troubles(observed)
  const isPaused = network.metadata.annotations?.['lunarx.dev/paused'] === 'true'
  const isBehind = (network.status?.observedGeneration ?? 0) < (network.metadata.generation ?? 0)
  const silent =
    isBehind && !isPaused && away === undefined
      ? ['The operator has not taken up the last change: see that it runs (kubectl get pods -A -l app.kubernetes.io/component=operator).']
      : []
  const paused = isPaused ? ['The network is paused: the operator writes nothing until the annotation lunarx.dev/paused is removed.'] : []
  const unknown =
    network.status?.conditions === undefined && !isPaused && away === undefined
      ? ['See that the operator runs, and watches this namespace.']
      : []
  const advice = found.map(({ condition: { reason } }) => adviceFor(reason, network.metadata) ?? `See the message of ${reason}.`)
  const objective = objectiveSummary(observed)
  const burning = isBurning(objective) ? [BURNING] : []
  const { repair, sets, capacity, used, audit } = network.status ?? {}
  return {
    namespace: network.metadata.namespace ?? 'default',
    network: network.metadata.name,
    verdict,
    headline: away?.headline ?? HEADLINES[verdict],
    wrong: [...new Set(found.map(({ owner, condition }) => `${owner}: ${condition.message}`))],
    doing: doing(observed),
    you: [
      ...new Set([
        ...(away === undefined ? [] : [away.you]),
        ...paused,
        ...silent,
        ...unknown,
        ...advice,
        ...burning,
        ...heldPools(observed),
      ]),
    ].filter((line) => line !== ''),
    unwatched: [...unwatchedNodes(observed), ...unwatchedOperator(leader)],
    etaSeconds: repair?.etaSeconds ?? null,
    capacity: capacity ?? null,
    used: used ?? null,
    setsByMargin: sets?.byMargin ?? {},
    setsLost: sets?.lost ?? 0,
    objective,
    verifiers: audit?.verifiers === undefined ? null : { known: audit.verifiers, silent: audit.verifiersSilent ?? 0 },
    pools: poolsOf(observed),
    warnings: warnings.slice(0, WARNINGS).map(({ lastTimestamp, involvedObject: about, reason = '', message = '' }) => ({
      time: lastTimestamp ?? '',
      object: `${about?.kind ?? ''}/${about?.name ?? ''}`,
      reason,
      message: message.slice(0, 200),
    })),
  }
}
