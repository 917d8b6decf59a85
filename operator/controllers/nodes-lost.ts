/**
 * The condition `NodesLost` of a network: whose node is gone, what is waited for, and what a person can do. Pure.
 *
 * @module
 */
import type { LostNodeReason } from '../healing/index.ts'
import type { Statement } from '../kube/index.ts'
import type { LostNodes } from './replace-lost.ts'

/** Pods that are named; the others are counted. */
const NAMED = 3
/** What a person must know first. */
const ORDER: readonly LostNodeReason[] = ['StillNeeded', 'TrackersUnreachable', 'PolicyWait', 'GracePeriod', 'Replacing']

export function nodesLost(seen: LostNodes | undefined): Statement[] {
  const say = (status: Statement['status'], reason: string, message: string): Statement[] => [
    { type: 'NodesLost', status, reason, message },
  ]
  if (seen === undefined) return say('Unknown', 'NotLooked', 'Nothing was looked at yet.')
  if ('obstacle' in seen) return say('Unknown', 'NotAllowed', `The operator does not replace pods whose node is gone: ${seen.obstacle}`)
  const lost = seen.lost.toSorted((a, b) => ORDER.indexOf(a.reason) - ORDER.indexOf(b.reason))
  const [first] = lost
  if (first === undefined) return say('False', 'AllThere', 'No pod waits for a node that is gone.')
  const more = lost.length > NAMED ? ` And ${lost.length - NAMED} more.` : ''
  return say(
    'True',
    first.reason,
    lost
      .slice(0, NAMED)
      .map(({ message }) => message)
      .join(' ') + more,
  )
}
