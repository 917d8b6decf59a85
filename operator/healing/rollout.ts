/**
 * rollout: pods that run an older configuration or image → which to replace now, or what is waited for. Pure.
 *
 * One pod of the whole network at a time, trackers first, each only while everything else is well and every set can spare a shard. A pod
 * that is of no use as it is (its new image does not start, say) is replaced at once: it takes nothing away.
 *
 * @module
 */
import { allowedDisruptions } from './disruption.ts'
import type { Fleet } from './fleet.ts'
import { hasRowsToTakeOver, type RowEpoch } from './take-over.ts'

export interface RunningPod {
  readonly name: string
  readonly uid: string
  readonly component: 'tracker' | 'provider'
  /** It runs another revision than is wanted. */
  readonly isOutdated: boolean
  readonly isReady: boolean
  /** It is being deleted. */
  readonly isLeaving: boolean
}

export interface RolloutSight {
  /** Of all pools; by pool, lowest ordinal first. */
  readonly pods: readonly RunningPod[]
  /** Names of wanted pods that are not there. */
  readonly missing: readonly string[]
  /** Undefined: no tracker answers. */
  readonly fleet: Fleet | undefined
  readonly trackers: { readonly desired: number; readonly reachable: number }
  readonly epoch: RowEpoch
  /** A tracker that the configuration names no more: it starts with that after the other trackers, and nothing waits for it. */
  readonly leftOut?: string | undefined
}

export type Rollout =
  | { readonly kind: 'settled' }
  | { readonly kind: 'wait'; readonly message: string }
  /** evict: the disruption budget has its say. delete: it serves nothing. */
  | { readonly kind: 'replace'; readonly how: 'evict' | 'delete'; readonly pods: readonly RunningPod[] }

const isAlive = (name: string, fleet: Fleet | undefined): boolean =>
  fleet?.providers.some((one) => one.name === name && one.state === 'alive' && !one.declaredLost) ?? false

/** What is not well anyhow; undefined: nothing. */
function troubleOf({ pods, missing, trackers }: RolloutSight): string | undefined {
  const [absent] = missing
  if (absent !== undefined) return `${absent} is not there yet`
  const unready = pods.find(({ isReady, isLeaving }) => !isReady || isLeaving)
  if (unready !== undefined) return `${unready.name} is not ready yet`
  if (trackers.reachable < trackers.desired) return `${trackers.reachable} of ${trackers.desired} trackers answer`
  return undefined
}

/** What keeps a provider from being away for a moment. */
function scarcityOf({ fleet, epoch }: RolloutSight): string | undefined {
  if (allowedDisruptions(fleet) === 0) return 'a provider is away, or a set has no spare shard'
  const behind = fleet?.providers.find((one) => hasRowsToTakeOver(one, epoch))
  return behind && `${behind.name} has rows to take over first`
}

/** Before it knows that it is left out, the others must: until then it does the work that falls to it. */
function withoutLeftOut(sight: RolloutSight): RolloutSight {
  const { pods, missing, leftOut } = sight
  const [its, others] = [pods.filter(({ name }) => name === leftOut), pods.filter(({ name }) => name !== leftOut)]
  const outdated = its.filter(({ isOutdated, isLeaving }) => isOutdated && !isLeaving)
  return { ...sight, pods: [...outdated, ...others], missing: missing.filter((name) => name !== leftOut) }
}

export function planRollout(asked: RolloutSight): Rollout {
  const sight = withoutLeftOut(asked)
  const draining = new Set(sight.fleet?.providers.flatMap(({ name, drain }) => (drain === null ? [] : [name])))
  const outdated = sight.pods.filter(({ name, isOutdated, isLeaving }) => isOutdated && !isLeaving && !draining.has(name))
  if (outdated.length === 0) return { kind: 'settled' }
  const useless = outdated.filter(({ name, isReady }) => !isReady && !isAlive(name, sight.fleet))
  if (useless.length > 0) return { kind: 'replace', how: 'delete', pods: useless }
  const trouble = troubleOf(sight)
  if (trouble !== undefined) return { kind: 'wait', message: trouble }
  const tracker = outdated.findLast(({ component }) => component === 'tracker')
  if (tracker !== undefined) return { kind: 'replace', how: 'evict', pods: [tracker] }
  const scarcity = scarcityOf(sight)
  if (scarcity !== undefined) return { kind: 'wait', message: scarcity }
  return { kind: 'replace', how: 'evict', pods: outdated.slice(-1) }
}
