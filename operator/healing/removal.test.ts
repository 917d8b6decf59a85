import test from 'ava'
import { aProvider, drained, noSets as sets } from './fleet.fixture.ts'
import { isRemoved } from './removal.ts'
import { planShrink, type PoolSize } from './shrink.ts'

const classes = [{ name: 'standard', required: 2, parity: 1, survive: 1 }]
type Changes = Parameters<typeof aProvider>[2]

/** The pool `b` of two, which is deleted, beside a pool `a` of four that stays, on the same nodes. */
const of = (pool: string, n: number, changes: Changes = {}) => aProvider(`${pool}-${n}`, `${pool}${n}`, { domain: `n${n}`, ...changes })
const staying = [0, 1, 2, 3].map((n) => of('a', n))
const member = (n: number) => ({ name: `b-${n}`, peer: `b${n}`, claim: `u${n}` })
const claim = (n: number) => ({ pod: `b-${n}`, uid: `u${n}`, phase: 'Bound' })
const pool = (changes: Partial<PoolSize> = {}): PoolSize => ({
  name: 'b',
  wanted: 0,
  live: 2,
  members: [0, 1].map(member),
  claims: [0, 1].map(claim),
  ...changes,
})

interface Case {
  readonly pool?: Partial<PoolSize>
  readonly first?: Changes
  readonly second?: Changes
  readonly others?: typeof staying
  readonly isReachable?: boolean
}
function judge({ pool: changes, first, second, others = staying, isReachable = true }: Case) {
  const fleet = isReachable ? { providers: [...others, of('b', 0, first), of('b', 1, second)], sets } : undefined
  const size = pool(changes)
  const shrink = planShrink({ pool: size, fleet, classes, survive: 1 })
  return { needed: shrink.needed, refused: shrink.refusal?.reason, isRemoved: isRemoved(size, shrink, fleet) }
}

const gone = { live: 0, claims: [] }
const retired: Changes = { state: 'lost', declaredLost: true, retired: true }
const cases: [title: string, given: Case, needed: number, removed: boolean, refused?: string][] = [
  ['nothing is drained yet: its pods stay', {}, 2, false],
  ['the lower one is drained first: both stay', { first: { drain: drained } }, 2, false],
  ['the higher one is drained: it goes first', { second: { drain: drained } }, 1, false],
  ['both are drained: the pods may go', { first: { drain: drained }, second: { drain: drained } }, 0, false],
  [
    'pods and claims are gone, trackers are not told yet',
    { pool: gone, first: { drain: drained, state: 'suspect' }, second: { drain: drained } },
    0,
    false,
  ],
  ['pods and claims are gone, one peer is retired', { pool: gone, first: retired, second: { drain: drained, state: 'lost' } }, 0, false],
  ['pods and claims are gone, all peers are retired', { pool: { ...gone, members: [] }, first: retired, second: retired }, 0, true],
  ['the StatefulSet went, what is on the volumes is still needed: its pods come back', { pool: { live: 0 } }, 2, false],
  ['no tracker answers', { isReachable: false }, 2, false, 'TrackersUnreachable'],
  ['no tracker answers, and nothing is left', { isReachable: false, pool: { ...gone, members: [] } }, 0, false],
  ['it is the last pool', { others: [] }, 2, false, 'NotEnoughDomains'],
  [
    'the others would have too few domains',
    { others: staying.slice(0, 2), first: { domain: 'n8' }, second: { domain: 'n9' } },
    2,
    false,
    'NotEnoughDomains',
  ],
  ['the others are full', { others: [0, 1, 2, 3].map((n) => of('a', n, { usedBytes: 2 ** 30 })) }, 2, false, 'NotEnoughSpace'],
  [
    'a peer of an earlier pool of this name, silent for long, is waited for by nobody',
    { pool: { ...gone, members: [] }, first: retired, second: { state: 'lost' } },
    0,
    true,
  ],
  ['one that is heard of is waited for, though nobody knows its volume', { pool: { ...gone, members: [] }, first: retired }, 0, false],
]
for (const [title, given, needed, removed, refused] of cases)
  test(`removal of a pool: ${title}`, (t) => {
    t.deepEqual(judge(given), { needed, refused, isRemoved: removed })
  })
