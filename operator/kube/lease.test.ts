import test from 'ava'
import { judgeLease, microTime, nextLease, releasedLease, sight, type Lease, type LeaseSpec } from './lease.ts'

const lease = (spec: LeaseSpec): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'l', resourceVersion: '7' },
  spec,
})
const held = (renewTime: string): Lease => lease({ holderIdentity: 'other', leaseDurationSeconds: 15, renewTime, leaseTransitions: 2 })

const cases: [string, Lease | undefined, number, string][] = [
  ['none: make it', undefined, 0, 'create'],
  ['ours: renew it', lease({ holderIdentity: 'me', leaseDurationSeconds: 15 }), 99_000, 'renew'],
  ['given back: take it', lease({ holderIdentity: '', leaseDurationSeconds: 1 }), 0, 'take'],
  ['of another, just seen: wait', held('1'), 0, 'wait'],
  ['of another, unchanged for its duration: still wait', held('1'), 15_000, 'wait'],
  ['of another, unchanged for longer: take it', held('1'), 15_001, 'take'],
]
for (const [title, given, unchangedMs, verdict] of cases) {
  test(`a lease: ${title}`, (t) => {
    const sighting = sight(given, undefined, 1_000)
    t.is(judgeLease(given, 'me', sighting, 1_000 + unchangedMs), verdict as never)
  })
}

test('a renewal seen here starts the wait anew, whatever the clock of the other says', (t) => {
  const first = sight(held('2020-01-01T00:00:00.000000Z'), undefined, 0)
  const second = sight(held('2020-01-01T00:00:02.000000Z'), first, 14_000)
  t.is(judgeLease(held('2020-01-01T00:00:02.000000Z'), 'me', second, 16_000), 'wait')
  t.is(sight(held('2020-01-01T00:00:02.000000Z'), second, 20_000), second)
})

test('taking over counts a transition, renewing keeps time and count', (t) => {
  const term = { self: 'me', durationSeconds: 15, timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6) }
  const taken = nextLease({ name: 'l' }, held('1').spec, term)
  t.is(taken.spec?.leaseTransitions, 3)
  t.is(taken.spec?.acquireTime, '2026-01-02T03:04:05.006000Z')
  const renewed = nextLease({ name: 'l' }, taken.spec, { ...term, timeMs: term.timeMs + 2_000 })
  t.is(renewed.spec?.leaseTransitions, 3)
  t.is(renewed.spec?.acquireTime, taken.spec?.acquireTime)
  t.not(renewed.spec?.renewTime, taken.spec?.renewTime)
  t.is(releasedLease(renewed, 0).spec?.holderIdentity, '')
})

test('times have six digits behind the second', (t) => {
  t.regex(microTime(0), /^1970-01-01T00:00:00\.000000Z$/)
})
