import test from 'ava'
import fc from 'fast-check'
import { countByRule, type HeldClaim } from './count-by-rule.ts'
import { domainLimit } from './place.ts'

const claim = (index: number, peer: number, domain: number): HeldClaim => ({ index, peer: `p${peer}`, domain: `d${domain}` })

test('two shards of one provider count once, unless one of them has another holder', (t) => {
  const rule = { parity: 2, survive: 1 }
  t.is(countByRule([claim(0, 0, 0), claim(1, 0, 0)], rule).length, 1)
  t.is(countByRule([claim(0, 0, 0), claim(1, 0, 0), claim(0, 1, 1)], rule).length, 2)
})

test('a domain counts up to its limit', (t) => {
  const claims = [0, 1, 2].map((i) => claim(i, i, 0))
  t.is(countByRule(claims, { parity: 2, survive: 1 }).length, 2)
  t.is(countByRule([...claims, claim(1, 7, 1)], { parity: 2, survive: 1 }).length, 3)
})

test('the shard named first counts', (t) => {
  const rule = { parity: 2, survive: 1 }
  const claims = [claim(0, 0, 0), claim(1, 0, 0)]
  t.deepEqual(countByRule(claims, rule), [claim(0, 0, 0)])
  t.deepEqual(countByRule(claims.toReversed(), rule), [claim(1, 0, 0)])
})

/** All choices, one by one. */
function mostByTrying(claims: readonly HeldClaim[], limit: number): number {
  const [first, ...rest] = claims
  if (!first) return 0
  const without = mostByTrying(rest, limit)
  return Math.max(without, bestWith([first], rest, limit))
}

function bestWith(taken: readonly HeldClaim[], rest: readonly HeldClaim[], limit: number): number {
  let best = taken.length
  for (const [i, next] of rest.entries()) {
    const isFree = taken.every(({ index, peer }) => index !== next.index && peer !== next.peer)
    if (isFree && taken.filter(({ domain }) => domain === next.domain).length < limit)
      best = Math.max(best, bestWith([...taken, next], rest.slice(i + 1), limit))
  }
  return best
}

test('it keeps the rule and finds the greatest number', (t) => {
  const claims = fc
    .array(fc.record({ index: fc.nat(4), peer: fc.nat(5) }), { maxLength: 9 })
    .map((list) => list.map(({ index, peer }) => claim(index, peer, peer % 3)))
  fc.assert(
    fc.property(claims, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 }), (list, parity, survive) => {
      fc.pre(survive <= parity)
      const limit = domainLimit(parity, survive)
      const counted = countByRule(list, { parity, survive })
      t.is(new Set(counted.map(({ index }) => index)).size, counted.length)
      t.is(new Set(counted.map(({ peer }) => peer)).size, counted.length)
      for (const same of Map.groupBy(counted, ({ domain }) => domain).values()) t.true(same.length <= limit)
      t.true(counted.every((one) => list.includes(one)))
      t.is(counted.length, mostByTrying(list, limit))
    }),
    { numRuns: 2000 },
  )
})
