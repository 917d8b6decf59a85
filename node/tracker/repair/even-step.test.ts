import { FilledFleet, type FailureDomains, type FilledProvider } from '@lunarx/core/placement'
import test from 'ava'
import type { Holder } from '../map/index.ts'
import { planEvenStep, type EvenStep } from './even-step.ts'

interface Situation {
  /** Provider → percent of its room that is taken. Each is a domain of its own unless said otherwise. */
  readonly fill?: Readonly<Record<string, number>>
  readonly domains?: Readonly<Record<string, string>>
  readonly more?: readonly (Partial<Holder> & Pick<Holder, 'index' | 'peer'>)[]
  readonly without?: readonly number[]
  readonly leaving?: readonly string[]
  /** Minutes for which a provider has been heard; default: ten. */
  readonly steady?: Readonly<Record<string, number>>
  readonly forbidden?: readonly string[]
  /** Until they are heard no more may move off them or to them. */
  readonly busy?: readonly string[]
}

/** A 4+2 set, shard i with `pi`, all half full but for one that is nearly full and `e`, which is empty. */
function step({
  fill = {},
  domains = {},
  more = [],
  without = [],
  leaving = [],
  steady = {},
  forbidden = [],
  busy = [],
}: Situation = {}): string {
  const filled = { p0: 50, p1: 50, p2: 50, p3: 80, p4: 50, p5: 50, e: 0, ...fill }
  const holders = [
    ...[0, 1, 2, 3, 4, 5].filter((index) => !without.includes(index)).map((index) => ({ index, peer: `p${index}`, isCondemned: false })),
    ...more.map((holder) => ({ isCondemned: false, ...holder })),
  ]
  const domainsOf = (peer: string): FailureDomains => ({ domain: domains[peer] ?? peer, zone: '' })
  const providers = Object.entries(filled).map(([peer, percent]): FilledProvider => ({
    peer,
    ...domainsOf(peer),
    capacityBytes: 100_000,
    takenBytes: percent * 1_000,
  }))
  const planned = planEvenStep(
    {
      required: 4,
      parity: 2,
      shardBytes: 100,
      holders,
      rules: [{ parity: 2, survive: 1 }],
      isAllowed: (peer) => !forbidden.includes(peer),
    },
    {
      filled: new FilledFleet(providers, () => true),
      isStaying: (peer) => !leaving.includes(peer),
      steadyMs: (peer) => (steady[peer] ?? 10) * 60_000,
      domainsOf,
      mayMove: (peer, bytes) => bytes !== 100 || !busy.includes(peer),
    },
  )
  return told(planned)
}

function told(planned: EvenStep | undefined): string {
  if (!planned) return 'nothing'
  return planned.kind === 'move'
    ? `${planned.index} moves from ${planned.from} to ${planned.to.join()}`
    : `${planned.index}: ${planned.peer} gives way to ${planned.twin}`
}

for (const [claim, situation, expected] of [
  ['of a whole set a shard moves off the fullest', {}, '3 moves from p3 to e'],
  ['not where all are as full', { fill: { p3: 50, e: 45 } }, 'nothing'],
  ['not where the set may not lie', { forbidden: ['e'] }, 'nothing'],
  ['not of a set that lacks a shard', { without: [1] }, 'nothing'],
  ['not of one of whose holders one leaves', { leaving: ['p1'] }, 'nothing'],
  ['not to one that had wrong bytes of it', { more: [{ index: 1, peer: 'e', isCondemned: true }] }, 'nothing'],
  ['nor does wrong bytes make a second holder', { more: [{ index: 1, peer: 'x', isCondemned: true }] }, '3 moves from p3 to e'],
  ['of two holders the fuller one gives way', { more: [{ index: 3, peer: 'e' }] }, '3: p3 gives way to e'],
  ['whichever it is', { more: [{ index: 3, peer: 'e' }], fill: { p3: 50, e: 90 } }, '3: e gives way to p3'],
  [
    'of three the fullest to the emptiest',
    {
      more: [
        { index: 3, peer: 'e' },
        { index: 3, peer: 'f' },
      ],
      fill: { f: 60 },
    },
    '3: p3 gives way to e',
  ],
  [
    'the one that the rule needs stays',
    { more: [{ index: 3, peer: 'e' }], domains: { p0: 'd', p1: 'd', e: 'd' }, steady: { p3: 60, e: 60 } },
    '3: e gives way to p3',
  ],
  ['none for a while where both are about as full', { more: [{ index: 3, peer: 'e' }], fill: { e: 70 } }, 'nothing'],
  ['then it does', { more: [{ index: 3, peer: 'e' }], fill: { e: 70 }, steady: { p3: 60, e: 61 } }, '3: p3 gives way to e'],
  ['not before both are there for so long', { more: [{ index: 3, peer: 'e' }], fill: { e: 70 }, steady: { p3: 59, e: 61 } }, 'nothing'],
  ['none while one of them comes and goes', { more: [{ index: 3, peer: 'e' }], steady: { e: 4 } }, 'nothing'],
  ['nothing moves to one that is busy', { busy: ['e'] }, 'nothing'],
  ['nor off it, but off the next one', { busy: ['p3'], fill: { p1: 70 } }, '1 moves from p1 to e'],
  ['nor gives way, if it is busy', { busy: ['p3'], more: [{ index: 3, peer: 'e' }] }, 'nothing'],
  ['nor to it', { busy: ['e'], more: [{ index: 3, peer: 'e' }] }, 'nothing'],
  ['one that leaves is no second holder', { more: [{ index: 3, peer: 'f' }], leaving: ['f'] }, '3 moves from p3 to e'],
] as const satisfies readonly (readonly [string, Situation, string])[])
  test(`evenly: ${claim}`, (t) => t.is(step(situation), expected))
