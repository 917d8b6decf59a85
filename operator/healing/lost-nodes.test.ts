import test from 'ava'
import { aProvider } from './fleet.fixture.ts'
import type { Fleet } from './fleet.ts'
import { judgeLostNodes, type LostNodeReason, type LostNodeSight, type StrandedPod } from './lost-nodes.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const MINUTE = 60_000

const fleet = (margin: Record<string, number>, changes: Parameters<typeof aProvider>[2] = { state: 'lost', silentMs: 90_000 }): Fleet => ({
  providers: [aProvider('pool-0', 'old', changes), aProvider('pool-1', 'other')],
  sets: { margin, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 },
})
const stranded = (changes: Partial<StrandedPod> = {}): StrandedPod => ({
  name: 'pool-0',
  component: 'provider',
  pod: { uid: 'p' },
  claim: { name: 'data-pool-0', uid: 'u' },
  homes: [{ node: 'n1', gone: NOW - 31 * MINUTE }],
  ...changes,
})
const sight = (changes: Partial<LostNodeSight> = {}): LostNodeSight => ({
  stranded: [stranded()],
  policy: { policy: 'Replace', afterMs: 30 * MINUTE },
  fleet: fleet({ '2': 5, '1': 1 }),
  trackers: { desired: 3, reachable: 2 },
  nowMs: NOW,
  ...changes,
})
const recent = [{ node: 'n1', gone: NOW - 29 * MINUTE }]
const deleted = stranded({ homes: [] })
const outOfService = stranded({ homes: [{ node: 'n1', gone: 'for-good' }] })
const tracker = (homes: StrandedPod['homes']): StrandedPod => stranded({ name: 'tracker-0', component: 'tracker', homes })
const few = { desired: 3, reachable: 1 }
const verifier = (homes: StrandedPod['homes']): StrandedPod => stranded({ name: 'tracker-verifier-0', component: 'verifier', homes })

const cases: [title: string, sight: LostNodeSight, reason: LostNodeReason | undefined][] = [
  ['the grace period is over, nothing needs it', sight(), 'Replacing'],
  ['there are no sets at all', sight({ fleet: fleet({}) }), 'Replacing'],
  ['the node has just gone', sight({ stranded: [stranded({ homes: recent })] }), 'GracePeriod'],
  ['the node answers: it is another trouble', sight({ stranded: [stranded({ homes: [{ node: 'n1', gone: undefined }] })] }), undefined],
  [
    'another node reaches the volume: left to Kubernetes',
    sight({
      stranded: [
        stranded({
          homes: [
            { node: 'n1', gone: 'for-good' },
            { node: 'n2', gone: undefined },
          ],
        }),
      ],
    }),
    undefined,
  ],
  [
    'of two nodes that reach it the second went a moment ago',
    sight({ stranded: [stranded({ homes: [{ node: 'n1', gone: 'for-good' }, ...recent] })] }),
    'GracePeriod',
  ],
  ['nothing lies with a verifier', sight({ stranded: [verifier([])], fleet: undefined, trackers: few }), 'Replacing'],
  ['its node is waited for all the same', sight({ stranded: [verifier(recent)] }), 'GracePeriod'],
  ['Wait waits', sight({ policy: { policy: 'Wait', afterMs: 0 } }), 'PolicyWait'],
  ['Wait waits for a node that was deleted too', sight({ policy: { policy: 'Wait', afterMs: 0 }, stranded: [deleted] }), 'PolicyWait'],
  ['the Node was deleted: no grace period', sight({ stranded: [deleted] }), 'Replacing'],
  ['the node was taken out of service: no grace period', sight({ stranded: [outOfService] }), 'Replacing'],
  ['a set has no spare shard', sight({ fleet: fleet({ '0': 1, '2': 4 }) }), 'StillNeeded'],
  ['a set has no spare shard, and the node is gone for good', sight({ fleet: fleet({ '0': 1 }), stranded: [deleted] }), 'Replacing'],
  ['a set is lost without it', sight({ fleet: fleet({ lost: 1 }) }), 'StillNeeded'],
  ['a set is lost without it, and the Node was deleted', sight({ fleet: fleet({ lost: 1 }), stranded: [deleted] }), 'StillNeeded'],
  ['its provider is heard: the kubelet alone is broken', sight({ fleet: fleet({ '2': 5 }, { state: 'alive' }) }), 'GracePeriod'],
  ['its provider is suspect', sight({ fleet: fleet({ '2': 5 }, { state: 'suspect' }), stranded: [deleted] }), 'GracePeriod'],
  ['declared lost already, and heard since', sight({ fleet: fleet({ '2': 5 }, { declaredLost: true }) }), 'Replacing'],
  ['no tracker knows it', sight({ fleet: { ...fleet({ '2': 1 }), providers: [] } }), 'Replacing'],
  ['no tracker answers', sight({ fleet: undefined }), 'TrackersUnreachable'],
  ['a tracker, while the others are a majority', sight({ stranded: [tracker([{ node: 'n1', gone: 0 }])] }), 'Replacing'],
  ['a tracker, in its grace period', sight({ stranded: [tracker(recent)] }), 'GracePeriod'],
  ['a tracker, most of them away', sight({ stranded: [tracker([{ node: 'n1', gone: 0 }])], trackers: few }), 'TrackersUnreachable'],
  ['a tracker gone for good, most of them away', sight({ stranded: [tracker([])], trackers: few, fleet: undefined }), 'Replacing'],
]
for (const [title, seen, reason] of cases)
  test(`lost node: ${title}: ${reason ?? 'none'}`, (t) => {
    const [judged] = judgeLostNodes(seen)
    t.is(judged?.reason, reason)
  })

test('what is declared lost with it are the peers of its name that are not yet', (t) => {
  const providers = [
    aProvider('pool-0', 'older', { state: 'lost', declaredLost: true }),
    aProvider('pool-0', 'old', { state: 'lost' }),
    aProvider('pool-1', 'other'),
  ]
  const [judged] = judgeLostNodes(sight({ fleet: { ...fleet({}), providers } }))
  t.deepEqual(judged?.peers, ['old'])
})

test('a person reads what is waited for, until when, and what would help', (t) => {
  const [judged] = judgeLostNodes(sight({ stranded: [stranded({ homes: recent })] }))
  t.is(
    judged?.message,
    'pool-0: Node n1 is gone since 2026-01-01T11:31:00Z; replaced elsewhere after 2026-01-01T12:01:00Z. If it never comes back: kubectl delete node n1',
  )
})
