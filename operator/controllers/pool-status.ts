/**
 * The status of a Tracker or Provider. Pure. `Ready=False` names the cause, down to the pod that cannot start.
 *
 * @module
 */
import type { Fleet, Member, Shrink } from '../healing/index.ts'
import { settleConditions, type Statement } from '../kube/index.ts'
import { imageOf, versionOf, type StatefulSet } from './children/stateful-set.ts'
import type { Pod } from './deps.ts'
import { podNames, selectorOf } from './names.ts'
import { causeOf, isPodReady } from './pod-cause.ts'
import { draining } from './draining.ts'
import { memberAudit } from './member-audit.ts'
import { exposed, reachOutside, type OutsideSight } from './outside-addresses.ts'
import type { Trouble } from './pod-trouble.ts'
import type { TrackerShrink } from './shrink-trackers.ts'
import { isBeingDeleted, usesServer, type Pool, type Provider } from './pool.ts'
import { verifiersFigures, verifiersReady, type VerifiersSight } from './verifiers-ready.ts'
import { quantityOf } from './quantity.ts'

/** Why something is not made as is wanted. */
export interface Obstacle {
  readonly reason: string
  readonly message: string
}

export interface PoolSight {
  readonly pool: Pool
  readonly obstacle: Obstacle | undefined
  readonly set: StatefulSet | undefined
  readonly pods: readonly Pod[]
  /** What keeps them from their backend or database. */
  readonly trouble: Trouble | undefined
  /** Why pods are missing. */
  readonly podsRefused?: string | undefined
  /** Why volume claims stay smaller than is wanted. */
  readonly growRefusal?: string | undefined
  readonly fleet: Fleet | undefined
  /** Which pods may go; undefined: not judged yet, or a pool of trackers. */
  readonly shrink: Shrink | undefined
  /** The same of a pool of trackers. */
  readonly trackerShrink?: TrackerShrink | undefined
  /** What those outside of the cluster see. */
  readonly outside: OutsideSight
  /** Of a pool of trackers. */
  readonly verifiers?: VerifiersSight | undefined
  readonly members: readonly Member[]
  readonly nowMs: number
}

function ready({ pool, obstacle, set, pods, podsRefused, trouble }: PoolSight): Statement {
  const not = (reason: string, message: string): Statement => ({ type: 'Ready', status: 'False', reason, message })
  if (obstacle !== undefined) return not(obstacle.reason, obstacle.message)
  const readyReplicas = set?.status?.readyReplicas ?? 0
  if (readyReplicas >= pool.spec.replicas) return { type: 'Ready', status: 'True', reason: 'PodsReady', message: 'All pods are ready.' }
  if (podsRefused !== undefined) return not('PodsRefused', podsRefused)
  if (trouble !== undefined) return not(trouble.reason, trouble.message)
  const first = pods.find((pod) => !isPodReady(pod))
  return not('PodsNotReady', first === undefined ? 'Pods are missing.' : causeOf(first))
}

function healthy(sight: PoolSight): Statement {
  const { pool, fleet, obstacle } = sight
  const say = (status: Statement['status'], reason: string, message: string): Statement => ({ type: 'Healthy', status, reason, message })
  if (obstacle !== undefined) return say('Unknown', obstacle.reason, obstacle.message)
  if (pool.component === 'tracker') {
    const { status, reason, message } = ready(sight)
    return say(status, reason, message)
  }
  if (fleet === undefined) return say('Unknown', 'TrackersUnreachable', 'No tracker of the network answers.')
  const names = new Set(podNames(pool.name, sight.set?.spec.replicas ?? pool.spec.replicas))
  const mine = fleet.providers.filter((provider) => names.has(provider.name) && !provider.declaredLost)
  const silent = mine.filter(({ state }) => state !== 'alive')
  if (silent.length > 0) return say('False', 'ProvidersSilent', `No heartbeats of ${silent.map(({ name }) => name).join(', ')}.`)
  const alive = new Set(mine.map(({ name }) => name))
  const missing = [...names].filter((name) => !alive.has(name))
  if (missing.length > 0) return say('False', 'ProvidersMissing', `Not in the fleet yet: ${missing.join(', ')}.`)
  return say('True', 'AllAlive', 'Every provider of the pool sends heartbeats.')
}

function progressing({ set, obstacle }: PoolSight): Statement {
  const say = (status: Statement['status'], reason: string, message: string): Statement => ({
    type: 'Progressing',
    status,
    reason,
    message,
  })
  if (set === undefined || obstacle !== undefined) return say('False', 'Stopped', 'Nothing is being changed.')
  const { replicas = 0 } = set.spec
  const { observedGeneration = 0, replicas: running = 0, updatedReplicas = 0, readyReplicas = 0 } = set.status ?? {}
  const isSeen = observedGeneration >= (set.metadata.generation ?? 0)
  if (!isSeen || updatedReplicas < running) return say('True', 'RollingOut', 'Pods are replaced one by one.')
  if (readyReplicas < replicas) return say('True', 'Starting', 'Pods are starting.')
  return say('False', 'Settled', 'All pods run what is wanted.')
}

/** Only of pools with a backend or a database. A server that went away later is seen in the metrics of the pods. */
function serverReady({ pool, obstacle, set, trouble }: PoolSight): Statement[] {
  if (!usesServer(pool)) return []
  const [type, server] = pool.component === 'tracker' ? ['StoreReady', 'database'] : ['BackendReady', 'backend']
  const say = (status: Statement['status'], reason: string, message: string) => [{ type, status, reason, message }]
  if (obstacle !== undefined) return say('Unknown', obstacle.reason, obstacle.message)
  if (trouble !== undefined) return say('False', trouble.reason, trouble.message)
  const isUp = (set?.status?.readyReplicas ?? 0) >= pool.spec.replicas
  return isUp
    ? say('True', 'Reached', `Every pod has reached the ${server}.`)
    : say('Unknown', 'PodsNotReady', 'Not every pod has started yet.')
}

function scaleDown({ pool, set, shrink, trackerShrink }: PoolSight): Statement {
  const say = (status: Statement['status'], reason: string, message: string): Statement => ({
    type: 'ScaleDownRefused',
    status,
    reason,
    message,
  })
  const live = set?.spec.replicas ?? 0
  if (pool.spec.replicas >= live && shrink?.refusal !== undefined)
    return say('True', shrink.refusal.reason, `Nothing is drained. ${shrink.refusal.message}${shrink.refusal.figures}`)
  if (pool.spec.replicas >= live) return say('False', 'NotAsked', 'No pod is to be removed.')
  const stay = isBeingDeleted(pool.owner)
    ? `The pool is to be deleted, and its ${live} pods stay.`
    : `${live} pods stay although ${pool.spec.replicas} are wanted.`
  if (pool.component === 'tracker') {
    if (trackerShrink === undefined) return say('Unknown', 'Judging', 'It is being judged whether a tracker may go.')
    if (trackerShrink.refusal !== undefined) return say('True', trackerShrink.refusal.reason, `${stay} ${trackerShrink.refusal.message}`)
    return say('False', 'Draining', 'One pod after the other goes, as soon as it has handed over what it has.')
  }
  if (shrink === undefined) return say('Unknown', 'Judging', 'It is being judged whether the other providers can hold everything.')
  if (shrink.refusal === undefined) return say('False', 'Draining', 'Pods go as soon as they are drained.')
  return say('True', shrink.refusal.reason, `${stay} ${shrink.refusal.message}${shrink.refusal.figures}`)
}

/** Pods go on with the volumes that they have. */
function growth({ growRefusal, obstacle }: PoolSight): Statement {
  const say = (status: Statement['status'], reason: string, message: string): Statement => ({
    type: 'GrowRefused',
    status,
    reason,
    message,
  })
  if (growRefusal !== undefined) return say('True', 'ClaimsRefused', growRefusal)
  if (obstacle !== undefined) return say('Unknown', obstacle.reason, obstacle.message)
  return say('False', 'NotRefused', 'No volume claim is kept from growing.')
}

export function poolStatus(sight: PoolSight) {
  const { pool, set, fleet, nowMs } = sight
  const { generation = 0 } = pool.owner.metadata
  const before = (pool.owner.status as { readonly conditions?: Parameters<typeof settleConditions>[0] } | undefined)?.conditions
  const reached = reachOutside(pool, sight.outside)
  const statements = [
    ready(sight),
    healthy(sight),
    progressing(sight),
    scaleDown(sight),
    growth(sight),
    ...draining(sight),
    ...serverReady(sight),
    ...exposed(pool, reached, sight.outside.refusal),
    ...verifiersReady(sight.verifiers, sight.obstacle),
  ]
  const image = imageOf(set)
  const selector = Object.entries(selectorOf(pool.component, pool.name))
  const common = {
    observedGeneration: generation,
    conditions: settleConditions(before, statements, generation, nowMs),
    replicas: set?.status?.replicas ?? 0,
    readyReplicas: set?.status?.readyReplicas ?? 0,
    selector: selector.map(([key, value]) => `${key}=${value}`).join(','),
    ...(image === undefined ? {} : { version: versionOf(image) }),
    ...(pool.spec.expose === 'None' ? {} : { outside: reached.addresses }),
  }
  if (pool.component === 'tracker') return { ...common, ...verifiersFigures(sight.verifiers) }
  const names = new Set(podNames(pool.name, set?.spec.replicas ?? pool.spec.replicas))
  const mine = fleet?.providers.filter((provider) => names.has(provider.name) && !provider.declaredLost && provider.state === 'alive') ?? []
  const figures = {
    capacity: quantityOf(mine.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)),
    used: quantityOf(mine.reduce((sum, { usedBytes }) => sum + usedBytes, 0)),
  }
  const members = sight.members.map(({ name, peer, claim }) => {
    const audit = memberAudit(pool.owner as Provider, peer, fleet, nowMs)
    return { name, peer, claim, ...(audit === undefined ? {} : { audit }) }
  })
  return { ...common, ...(fleet === undefined ? {} : figures), members }
}
