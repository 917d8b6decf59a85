/**
 * The condition `TrackersTogether` of a network: whether one node has so many trackers that records may have no majority of their owners
 * while it is away. Pure. Why the ring does not see to it: docs/adr/0022.
 *
 * @module
 */
import type { Statement } from '../kube/index.ts'

export interface PlacedTracker {
  readonly pod: string
  /** Undefined: it has none yet. */
  readonly node: string | undefined
}

/** Owners of a record, 2d + 1 where there are as many, that may be away while a majority of them is left. */
export const ownersSpared = (trackers: number, survive: number): number => Math.ceil(Math.min(trackers, 2 * survive + 1) / 2) - 1

/** @param survive d of rows and records */
export function trackersTogether(trackers: readonly PlacedTracker[], survive: number): Statement {
  const say = (status: Statement['status'], reason: string, message: string): Statement => ({
    type: 'TrackersTogether',
    status,
    reason,
    message,
  })
  const spared = ownersSpared(trackers.length, survive)
  if (spared === 0) return say('False', 'TooFewTrackers', `There are ${trackers.length}: none may be away, wherever they are.`)
  const placed = trackers.filter(({ node }) => node !== undefined)
  if (placed.length === 0) return say('Unknown', 'NotScheduled', 'No tracker has a node yet.')
  const byNode = [...Map.groupBy(placed, ({ node }) => node)].toSorted(([, a], [, b]) => b.length - a.length)
  const [node, together] = byNode[0] ?? [undefined, []]
  if (together.length <= spared) return say('False', 'Apart', `Of the owners of a record no node has more than ${spared}.`)
  const names = together.map(({ pod }) => pod).join(', ')
  return say(
    'True',
    'OnOneNode',
    `${names} are on node ${node}: while it is away, nothing is placed or committed for sets that they own. At most ${spared} may share a node.`,
  )
}
