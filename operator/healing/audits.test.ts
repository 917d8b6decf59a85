/**
 * What one tracker that lies, or whose clock is wrong, makes of what is said of audits. What honest ones say together: order-audits.test.ts
 * of the controllers.
 */
import type { AuditStatus, ProviderAudit, TrackerStatus, TranscriptHead } from '@lunarx/wire'
import test from 'ava'
import { mergeAudits } from './audits.ts'

const HUGE = Number.MAX_SAFE_INTEGER
const NONE = { proved: 0, disproved: 0, lost: 0, silent: 0 }
const NOW = 1_800_000_000_000

const seen = (changes: Partial<ProviderAudit> = {}): ProviderAudit => ({
  peer: 'p',
  standing: { state: 'trusted', reason: '', sinceMs: 0, score: 1 },
  maintenance: false,
  draws: { ...NONE, proved: 150 },
  provedLately: 150,
  ...changes,
})
const says = (provider: ProviderAudit, changes: Partial<AuditStatus> = {}): Pick<TrackerStatus, 'audit'> => ({
  audit: { promisedDraws: 450, contained: 1, silent: 0, sweep: { done: 1 }, providers: [provider], ...changes } as unknown as AuditStatus,
})
const kept = (count: number) => ({ convictions: { kept: count, trackers: [], owners: [], newest: [] } })

/** Two that are right, and this one, in any order. */
function merged(honest: Pick<TrackerStatus, 'audit'>, liar: Pick<TrackerStatus, 'audit'>) {
  const all = [
    [liar, honest, honest],
    [honest, liar, honest],
    [honest, honest, liar],
  ].map((statuses) => mergeAudits(statuses, 3))
  return all
}

test('one tracker does not cover for a provider that proves nothing to the others, nor belittles what the network promises', (t) => {
  for (const audits of merged(says(seen({ provedLately: 0 })), says(seen({ provedLately: HUGE }), { promisedDraws: 0 })))
    t.is(audits?.providers.get('p')?.coverage, 'Partial')
  for (const audits of merged(says(seen()), says(seen({ provedLately: 150 }), { promisedDraws: Number.MAX_VALUE })))
    t.like(audits, { coveredPercent: 100 })
})

test('counts of one tracker do not stand for all', (t) => {
  const draws = { proved: HUGE, disproved: HUGE, lost: HUGE, silent: HUGE }
  const order = { id: 'a', leaves: HUGE, verdicts: draws, isOver: true }
  const few = { id: 'a', leaves: 22, verdicts: { ...NONE, proved: 22 }, isOver: true }
  const liar = says(seen({ draws, order }), { contained: HUGE, silent: HUGE, ...kept(HUGE) })
  for (const audits of merged(says(seen({ order: few }), kept(2)), liar)) {
    t.like(audits, { contained: 2 + 1_010, missing: 1_000, convictions: 2 })
    t.deepEqual(audits?.verdicts, { proved: 300 + 2_500, disproved: 1_000, lost: 1_000, silent: 1_000 })
    t.deepEqual(audits?.providers.get('p')?.orders[0]?.verdicts, { proved: 44 + 284, disproved: 64, lost: 64, silent: 64 })
  }
})

const head = (id: string, keptMs: number): TranscriptHead => ({ id, provider: 'p', verdict: 'lost', keptMs })
const heads = (name: string, fromMs: number): TranscriptHead[] => Array.from({ length: 10 }, (_, i) => head(`${name}${i}`, fromMs - i))

for (const [clock, atMs] of [
  ['far ahead', HUGE],
  ['far behind', 10],
] as const)
  test(`a tracker whose clock is ${clock} neither fills the list of the newest transcripts nor is left out of it`, (t) => {
    const statuses = [
      says(seen(), { newest: heads('x', atMs) }),
      says(seen(), { newest: heads('a', NOW) }),
      says(seen(), { newest: heads('b', NOW - 5) }),
    ]
    const newest = mergeAudits(statuses, 3)?.newest.map(({ id }) => id) ?? []
    t.deepEqual([...newest].sort(), ['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'x0', 'x1', 'x2', 'x3'])
  })

test('a transcript that several keep was kept when the middle one of them says', (t) => {
  const statuses = [HUGE, NOW, NOW + 1].map((keptMs) => says(seen(), { newest: [head('a', keptMs)] }))
  t.deepEqual(mergeAudits(statuses, 3)?.newest, [head('a', NOW + 1)])
})
