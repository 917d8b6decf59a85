import test from 'ava'
import fc from 'fast-check'
import type { Holder } from '../map/index.ts'
import type { HolderStanding } from './assess.ts'
import { MoveTally } from './move-tally.ts'
import { movesOf } from './moves.ts'
import { planMoves } from './plan-moves.ts'
import type { RepairTask } from './plan.ts'
import type { PlacementRule } from '@lunarx/core/placement'

const rule = { parity: 2, survive: 1 }
const alive: HolderStanding = { state: 'alive', isDeclaredLost: false }
const suspect: HolderStanding = { state: 'suspect', isDeclaredLost: false }
const gone: HolderStanding = { state: 'lost', isDeclaredLost: true }
const lost: HolderStanding = { state: 'lost', isDeclaredLost: false }

interface Held {
  readonly index: number
  readonly peer: string
  readonly domain?: string
  readonly zone?: string | undefined
  readonly standing?: HolderStanding
  readonly isCondemned?: boolean
}

/** A 4+2 set in six domains, shard i with `pi`, and further holders. */
function moves(draining: readonly string[], more: readonly Held[] = [], without: readonly number[] = [], today: PlacementRule = rule) {
  const base: Held[] = [0, 1, 2, 3, 4, 5].filter((i) => !without.includes(i)).map((index) => ({ index, peer: `p${index}` }))
  const all = [...base, ...more]
  const of = (peer: string) => all.filter((one) => one.peer === peer).at(-1)
  const holders: Holder[] = all.map(({ index, peer, isCondemned = false }) => ({ index, peer, isCondemned }))
  return movesOf({ signed: rule, today }, holders, {
    standingOf: (peer) => of(peer)?.standing ?? alive,
    isDraining: (peer) => draining.includes(peer),
    domainsOf: (peer) => ({ domain: of(peer)?.domain ?? peer, zone: of(peer)?.zone }),
  }).map(({ index, peer }) => `${index} ${peer}`)
}

for (const [claim, got, expected] of [
  ['nobody is drained: nothing moves', moves([]), []],
  ['what only the drained one holds moves', moves(['p2']), ['2 p2']],
  ['a copy with one that stays is enough', moves(['p2'], [{ index: 2, peer: 'q' }]), []],
  ['a copy with another that is drained is not', moves(['p2', 'q'], [{ index: 2, peer: 'q' }]), ['2 p2', '2 q']],
  ['a copy whose bytes are wrong is not', moves(['p2'], [{ index: 2, peer: 'q', isCondemned: true }]), ['2 p2']],
  ['a copy with a lost one is not', moves(['p2'], [{ index: 2, peer: 'q', standing: lost }]), ['2 p2']],
  ['a suspect one still counts', moves(['p2'], [{ index: 2, peer: 'q', standing: suspect }]), []],
  [
    'a copy in a domain that has all it may is not',
    moves(
      ['p2'],
      [
        { index: 0, peer: 'p0', domain: 'x' },
        { index: 1, peer: 'p1', domain: 'x' },
        { index: 2, peer: 'q', domain: 'x' },
      ],
    ),
    ['2 p2'],
  ],
  [
    'what lies where the set has too many already moves, though nobody is drained',
    moves(
      [],
      [
        { index: 0, peer: 'p0', domain: 'x' },
        { index: 1, peer: 'p1', domain: 'x' },
        { index: 2, peer: 'p2', domain: 'x' },
      ],
      [0, 1, 2],
    ),
    ['2 p2'],
  ],
  ['one that is gone for certain has nothing to move: that is repair', moves(['p2'], [{ index: 2, peer: 'p2', standing: gone }], [2]), []],
  ['one that is silent may have it still', moves(['p2'], [{ index: 2, peer: 'p2', standing: lost }], [2]), ['2 p2']],
  [
    'but not where its shard has been rebuilt',
    moves(
      ['p2'],
      [
        { index: 2, peer: 'p2', standing: lost },
        { index: 2, peer: 'p9', domain: 'd9' },
      ],
      [2],
    ),
    [],
  ],
  ['a shard that nobody holds is repair as well', moves(['p2'], [], [3]), ['2 p2']],
] as const)
  test(claim, (t) => t.deepEqual(got, [...expected]))

/** The six in two zones, three each, but for what is said of one of them. */
const inZones = (ofLast: Partial<Held> = {}): Held[] =>
  [0, 1, 2, 3, 4, 5].map((index) => ({ index, peer: `p${index}`, zone: `z${index % 2}`, ...(index === 5 ? ofLast : {}) }))
const all = [0, 1, 2, 3, 4, 5]
const bound = { ...rule, bindsZones: true }

for (const [claim, got, expected] of [
  ['zones that do not bind move nothing', moves([], inZones(), all), []],
  ['of a zone that binds what is too much moves', moves([], inZones(), all, bound), ['4 p4', '5 p5']],
  ['a third zone has room for one', moves([], inZones({ zone: 'z2' }), all, bound), ['4 p4']],
  ['while a zone is not known nobody knows what is too much', moves([], inZones({ zone: undefined }), all, bound), []],
  ['no zone told is one zone', moves([], inZones({ zone: '' }), all, bound), ['4 p4']],
  [
    'what is drained counts as held where its owner signed it may lie',
    moves(['p2'], [...inZones(), { index: 2, peer: 'q', zone: 'z1' }], all, bound).filter((move) => move.endsWith('p2')),
    [],
  ],
  [
    'a class that became stricter moves what is too much by it',
    moves(
      [],
      inZones().map((one) => ({ ...one, domain: `d${one.index % 3}` })),
      all,
      { parity: 2, survive: 2 },
    ),
    ['3 p3', '4 p4', '5 p5'],
  ],
] as const)
  test(claim, (t) => t.deepEqual(got, [...expected]))

test('moved to what is named, a set survives without those that are drained; nothing moves twice', (t) => {
  fc.assert(
    fc.property(fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), (drained) => {
      const leaving = drained.map((i) => `p${i}`)
      const found = moves(leaving)
      t.deepEqual(
        found,
        drained.map((i) => `${i} p${i}`),
      )
      t.deepEqual(
        moves(
          leaving,
          drained.map((index) => ({ index, peer: `new ${index}` })),
        ),
        [],
      )
    }),
  )
})

const set = (hex: string, margin: number, risk: number, ...indices: number[]) => ({
  hex,
  margin,
  lossProbability: risk,
  moves: indices.map((index) => ({ index, peer: 'p' })),
})
const repair: RepairTask = { kind: 'rebuild', hex: 'b', indices: [0], margin: 1, lossProbability: 0 }

test('sets move in order of risk, each shard once, after repairs and not beside the repair of the same set', (t) => {
  const tasks = planMoves([set('a', 2, 0, 3, 1, 3), set('b', 1, 0.5, 2), set('c', 0, 0.9, 0), set('d', 2, 0)], [repair], 10)
  t.deepEqual(
    tasks.map(({ kind, hex, indices }) => [kind, hex, indices]),
    [
      ['move', 'c', [0]],
      ['move', 'a', [1, 3]],
    ],
  )
  t.deepEqual(
    planMoves([set('a', 2, 0, 1), set('c', 0, 0.9, 0)], [repair], 2).map(({ hex }) => hex),
    ['c'],
  )
})

test('what is left is counted by provider; bytes where the tracker answers for the set', (t) => {
  const tally = new MoveTally()
  const move = { index: 0, peer: 'p' }
  tally.count('a', { moves: [move], shardBytes: 10, isOwn: true })
  tally.count('b', { moves: [move, { index: 1, peer: 'q' }], shardBytes: 7, isOwn: false })
  tally.count('a', { moves: [move], shardBytes: 10, isOwn: true })
  t.deepEqual(tally.leftOn('p'), { shards: 1, bytes: 10, known: 2 })
  t.deepEqual(tally.leftOn('q'), { shards: 0, bytes: 0, known: 1 })
  t.deepEqual([...tally.ownSets()], ['a'])
  t.deepEqual([tally.has('a'), tally.has('b'), tally.has('c')], [true, true, false])
  tally.count('a', { moves: [], shardBytes: 10, isOwn: true })
  tally.uncount('b')
  t.deepEqual(tally.leftOn('p'), { shards: 0, bytes: 0, known: 0 })
})
