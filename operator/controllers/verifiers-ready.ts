/**
 * What the status of a Tracker says of its verifiers. Pure. Trackers go on without them: it is a condition of its own, and `Ready` does
 * not depend on it.
 *
 * @module
 */
import type { TrackerStatus } from '../api/index.ts'
import type { Statement } from '../kube/index.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import type { Pod } from './deps.ts'
import { causeOf, isPodReady } from './pod-cause.ts'
import type { Obstacle } from './pool-status.ts'

export interface VerifiersSight {
  readonly wanted: number
  /** Undefined: none was made yet. */
  readonly set: StatefulSet | undefined
  readonly pods: readonly Pod[]
  /** Whether trackers of the network take verifiers at all. */
  readonly isAudited: boolean
  /** Why something of them could not be made. */
  readonly refusal: string | undefined
}

/** A start, an enrolment and an announcement take less; after that a person is told by an event. */
const PATIENCE_MS = 120_000

const isRunning = ({ status }: Pod): boolean =>
  status?.phase === 'Running' && (status.containerStatuses ?? []).every(({ state }) => state?.waiting === undefined)

function whyNot({ pods, isAudited }: VerifiersSight): Obstacle {
  if (!isAudited)
    return {
      reason: 'AuditsOff',
      message: 'No tracker takes a verifier: spec.audit.enabled of the LunarNetwork says that nothing is audited.',
    }
  const unready = pods.filter((pod) => !isPodReady(pod))
  const stuck = unready.find((pod) => !isRunning(pod))
  if (stuck !== undefined) return { reason: 'VerifiersNotReady', message: causeOf(stuck) }
  const [first] = unready
  if (first === undefined) return { reason: 'VerifiersNotReady', message: 'Pods are missing.' }
  const message = `${first.metadata.name} runs, and no tracker has taken its announcement: it has no credential yet, or cannot reach them. Its log says why.`
  return { reason: 'NotAnnounced', message }
}

/** The condition `VerifiersReady`; none where none are wanted. */
export function verifiersReady(sight: VerifiersSight | undefined, obstacle: Obstacle | undefined): Statement[] {
  if (sight === undefined || sight.wanted === 0) return []
  const say = (status: Statement['status'], { reason, message }: Obstacle): Statement[] => [
    { type: 'VerifiersReady', status, reason, message },
  ]
  if (obstacle !== undefined) return say('Unknown', obstacle)
  const { refusal, set, wanted } = sight
  if (refusal !== undefined)
    return say('False', { reason: 'VerifiersRefused', message: `They could not be made: ${refusal.slice(0, 500)}` })
  if ((set?.status?.readyReplicas ?? 0) < wanted) return say('False', whyNot(sight))
  return say('True', { reason: 'Announced', message: 'Every verifier has announced itself to a tracker.' })
}

export function verifiersFigures(sight: VerifiersSight | undefined): Pick<TrackerStatus, 'verifiers'> {
  const { replicas = 0, readyReplicas = 0 } = sight?.set?.status ?? {}
  return sight === undefined || (sight.wanted === 0 && replicas === 0) ? {} : { verifiers: { replicas, ready: readyReplicas } }
}

type Stated = Pick<TrackerStatus, 'conditions'>
const statedOf = ({ conditions = [] }: Stated) => conditions.find(({ type, status }) => type === 'VerifiersReady' && status === 'False')

export const areVerifiersAwaited = (status: Stated): boolean => statedOf(status) !== undefined

/** What a person is told by an event; undefined: nothing, or not yet. */
export function verifiersTrouble(status: Stated, nowMs: number): Obstacle | undefined {
  const stated = statedOf(status)
  if (stated === undefined) return undefined
  return nowMs - Date.parse(stated.lastTransitionTime) < PATIENCE_MS ? undefined : { reason: stated.reason, message: stated.message }
}
