import test from 'ava'
import { ownersSpared, trackersTogether } from './trackers-together.ts'

for (const [trackers, survive, spared] of [
  [1, 1, 0],
  [2, 1, 0],
  [3, 1, 1],
  [9, 1, 1],
  [3, 2, 1],
  [4, 2, 1],
  [5, 2, 2],
  [9, 0, 0],
] as const)
  test(`of ${trackers} trackers, d = ${survive}: ${spared} owners of a record may be away`, (t) => {
    t.is(ownersSpared(trackers, survive), spared)
  })

for (const [title, nodes, survive, expected] of [
  ['each on a node of its own', ['n1', 'n2', 'n3'], 1, 'False Apart'],
  ['two of three on one', ['n1', 'n2', 'n1'], 1, 'True OnOneNode'],
  ['two of five on one, where two may be away', ['n1', 'n2', 'n1', 'n3', 'n4'], 2, 'False Apart'],
  ['three of five on one', ['n1', 'n1', 'n1', 'n3', 'n4'], 2, 'True OnOneNode'],
  ['a single one', ['n1'], 1, 'False TooFewTrackers'],
  ['none is scheduled', [undefined, undefined, undefined], 1, 'Unknown NotScheduled'],
  ['one is not scheduled', ['n1', undefined, 'n2'], 1, 'False Apart'],
] as const)
  test(`trackers: ${title}`, (t) => {
    const { type, status, reason, message } = trackersTogether(
      nodes.map((node, at) => ({ pod: `tracker-${at}`, node })),
      survive,
    )
    t.is(type, 'TrackersTogether')
    t.is(`${status} ${reason}`, expected)
    if (status === 'True') t.regex(message, /tracker-0.* are on node n1/)
  })
