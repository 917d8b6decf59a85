import test from 'ava'
import fc from 'fast-check'
import { peerIdOf } from '../membership/peer-id.ts'
import { chooseMembers, whyLackersStay, type FleetMember, type LackersStay } from './choose.ts'

const SURVIVE = 1
const provider = (n: number, change: Partial<FleetMember> = {}): FleetMember => {
  const peer = peerIdOf(new Uint8Array(32).fill(n + 1))
  const address = { peer, host: `p-${n}`, controlPort: 4001, dataPort: 4002 }
  const now = { state: 'alive', declaredLost: false, services: ['storage', 'index'], epoch: 1, mergedEpoch: 1 } as const
  return { peer, name: `p-${n}`, domain: `n${n}`, address, ...now, ...change }
}
const lacking = { lacksRows: 'yes' } as const
const unknown = { lacksRows: 'unknown' } as const

/** Members before, and what is known of each provider now. */
type Case = [title: string, before: number[], changes: Record<number, Partial<FleetMember>>, after: number[], stay: LackersStay | undefined]
const ALL = [0, 1, 2, 3, 4, 5]
const cases: Case[] = [
  ['nobody lacks rows', ALL, {}, ALL, undefined],
  ['one lacks rows: it is left out', ALL, { 5: lacking }, [0, 1, 2, 3, 4], undefined],
  ['it stays out', [0, 1, 2, 3, 4], { 5: lacking }, [0, 1, 2, 3, 4], undefined],
  ['it comes back', [0, 1, 2, 3, 4], {}, ALL, undefined],
  ['one is said to by some trackers: it stays', ALL, { 5: unknown }, ALL, undefined],
  ['one that is left out is said to by some trackers: it stays out', [0, 1, 2, 3, 4], { 5: unknown }, [0, 1, 2, 3, 4], undefined],
  ['two lack rows: one domain goes at a time', ALL, { 4: lacking, 5: lacking }, [0, 1, 2, 3, 5], undefined],
  ['two of one domain go together', ALL, { 4: lacking, 5: { ...lacking, domain: 'n4' } }, [0, 1, 2, 3], undefined],
  ['half of all at once: the brake', ALL, { 3: lacking, 4: lacking, 5: lacking }, ALL, 'too-many'],
  ['most of all at once: the brake', ALL, { 2: lacking, 3: lacking, 4: lacking, 5: lacking }, ALL, 'too-many'],
  ['those that are left out do not count for the brake', [0, 1, 2, 3, 4], { 4: lacking, 5: lacking }, [0, 1, 2, 3], undefined],
  ['there are d + 2 domains: it stays', [0, 1, 2], { 2: lacking, 3: lacking, 4: lacking, 5: lacking }, [0, 1, 2], 'too-few-domains'],
  [
    'another domain joins while it goes',
    [0, 1, 2],
    { 2: lacking, 4: { services: ['storage'] }, 5: { services: ['storage'] } },
    [0, 1, 3],
    undefined,
  ],
  ['another member is silent: it stays for now', ALL, { 1: { state: 'suspect' }, 5: lacking }, ALL, 'member-away'],
  ['another member is lost: that is replaced first', ALL, { 1: { state: 'lost' }, 5: lacking }, [0, 2, 3, 4, 5], 'member-away'],
  ['it is lost itself: as any other', ALL, { 5: { ...lacking, declaredLost: true } }, [0, 1, 2, 3, 4], undefined],
  ['another is being drained: one domain at a time', ALL, { 4: { drain: {} }, 5: lacking }, [0, 1, 2, 3, 5], undefined],
]
for (const [title, before, changes, after, stay] of cases)
  test(`members of the next epoch: ${title}`, (t) => {
    const fleet = ALL.map((n) => provider(n, changes[n]))
    const members = before.map((n) => provider(n))
    t.deepEqual(
      chooseMembers({ members }, fleet, SURVIVE)
        .map(({ name }) => name)
        .sort(),
      after.map((n) => `p-${n}`),
    )
    t.is(whyLackersStay({ members }, fleet, SURVIVE), stay)
  })

test('the first epoch is without those that lack rows, and does not wait for trackers', (t) => {
  const fleet = [provider(0, lacking), provider(1, unknown), provider(2)]
  t.deepEqual(
    chooseMembers(undefined, fleet, SURVIVE)
      .map(({ name }) => name)
      .sort(),
    ['p-1', 'p-2'],
  )
})

test('whatever trackers say, lackers go of one domain at a time, d + 2 domains are left, and never do half of all go', (t) => {
  const change = fc.record({
    domain: fc.nat(5).map((n) => `n${n}`),
    lacksRows: fc.constantFrom('yes', 'unknown', undefined),
    state: fc.constantFrom('alive', 'alive', 'alive', 'suspect'),
  })
  fc.assert(
    fc.property(fc.array(change, { minLength: 3, maxLength: 9 }), fc.nat(9), (changes, out) => {
      const fleet = changes.map((one, n) => provider(n, one as Partial<FleetMember>))
      const before = fleet.filter((_, n) => n !== out)
      const after = new Set(chooseMembers({ members: before }, fleet, SURVIVE).map(({ peer }) => peer))
      const gone = before.filter(({ peer }) => !after.has(peer))
      t.true(new Set(gone.map(({ domain }) => domain)).size <= 1)
      t.true(gone.every(({ lacksRows }) => lacksRows === 'yes'))
      t.true(2 * gone.length < before.length)
      const domains = new Set(fleet.filter(({ peer }) => after.has(peer)).map(({ domain }) => domain)).size
      t.true(gone.length === 0 || domains >= SURVIVE + 2)
      for (const one of fleet) if (!before.includes(one) && after.has(one.peer)) t.is(one.lacksRows, undefined)
    }),
  )
})
