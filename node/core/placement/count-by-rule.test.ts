import test from 'ava'
import fc from 'fast-check'
import { countByRule, keepsRule, type HeldClaim } from './count-by-rule.ts'
import { domainLimit } from './rule.ts'

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
function mostByTrying(claims: readonly HeldClaim[], limit: number, levels: readonly Level[] = ['domain', 'store']): number {
  const [first, ...rest] = claims
  if (!first) return 0
  const without = mostByTrying(rest, limit, levels)
  return Math.max(without, bestWith([first], rest, limit, levels))
}

type Level = 'domain' | 'zone' | 'store'

function bestWith(
  taken: readonly HeldClaim[],
  rest: readonly HeldClaim[],
  limit: number,
  levels: readonly Level[] = ['domain', 'store'],
): number {
  let best = taken.length
  for (const [i, next] of rest.entries()) {
    const isFree = taken.every(({ index, peer }) => index !== next.index && peer !== next.peer)
    const isWithin = (level: Level): boolean =>
      next[level] === undefined || taken.filter((one) => one[level] === next[level]).length < limit
    if (isFree && levels.every(isWithin)) best = Math.max(best, bestWith([...taken, next], rest.slice(i + 1), limit, levels))
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
      const limit = domainLimit({ parity, survive })
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

test('a shared store counts up to its limit, on whatever nodes its providers run', (t) => {
  const rule = { parity: 2, survive: 1 }
  const shared = [0, 1, 2].map((i) => ({ ...claim(i, i, i), store: 's' }))
  t.is(countByRule(shared, rule).length, 2)
  t.is(countByRule([...shared, claim(0, 7, 3)], rule).length, 3)
  t.is(countByRule([claim(3, 8, 0), claim(4, 9, 0), ...shared], rule).length, 4)
})

test('with shared stores it keeps the rule, counts all that keep it, and is a shard short at most', (t) => {
  const claims = fc
    .array(fc.record({ index: fc.nat(4), peer: fc.nat(6) }), { maxLength: 9 })
    .map((list) => list.map(({ index, peer }) => ({ ...claim(index, peer, peer % 3), store: peer < 4 ? `s${peer % 2}` : undefined })))
  let short = 0
  fc.assert(
    fc.property(claims, fc.integer({ min: 1, max: 3 }), (list, limit) => {
      const counted = countByRule(list, { parity: limit, survive: 1 })
      t.is(new Set(counted.map(({ index }) => index)).size, counted.length)
      t.is(new Set(counted.map(({ peer }) => peer)).size, counted.length)
      for (const level of ['domain', 'store'] as const)
        for (const [value, same] of Map.groupBy(counted, (one) => one[level])) t.true(value === undefined || same.length <= limit)
      const most = mostByTrying(list, limit)
      t.true(counted.length >= most - 1, `${counted.length} of ${most}`)
      if (counted.length < most) short++
      const once = list.filter(({ index, peer }, i) => list.findIndex((one) => one.index === index || one.peer === peer) === i)
      if (bestWith([], once, limit) === once.length) t.is(countByRule(once, { parity: limit, survive: 1 }).length, once.length)
    }),
    { numRuns: 5000, seed: 5 },
  )
  t.log(`${short} of 5000 a shard short`)
})

test('a zone that binds counts up to its limit, whatever its domains', (t) => {
  const rule = { parity: 2, survive: 1 }
  const near = [0, 1, 2].map((i) => ({ ...claim(i, i, i), zone: 'z' }))
  t.is(countByRule(near, rule).length, 3)
  t.is(countByRule(near, { ...rule, bindsZones: true }).length, 2)
  t.is(countByRule([...near, { ...claim(0, 7, 3), zone: 'y' }], { ...rule, bindsZones: true }).length, 3)
  // of which none is told they are one
  t.is(countByRule([claim(0, 0, 0), { ...claim(1, 1, 1), zone: '' }, claim(2, 2, 2)], { ...rule, bindsZones: true }).length, 2)
})

test('with zones that consist of domains it keeps the rule and finds the greatest number', (t) => {
  const claims = fc
    .array(fc.record({ index: fc.nat(4), peer: fc.nat(7) }), { maxLength: 9 })
    .map((list) => list.map(({ index, peer }) => ({ ...claim(index, peer, peer % 4), zone: `z${(peer % 4) >> 1}` })))
  fc.assert(
    fc.property(claims, fc.integer({ min: 1, max: 3 }), (list, limit) => {
      const rule = { parity: limit, survive: 1, bindsZones: true }
      const counted = countByRule(list, rule)
      t.is(new Set(counted.map(({ index }) => index)).size, counted.length)
      t.true(keepsRule(counted, rule))
      t.is(counted.length, mostByTrying(list, limit, ['domain', 'zone']))
    }),
    { numRuns: 2000 },
  )
})

test('what keeps the rule: one shard of a set for a provider, and no more than the limit at each level that binds', (t) => {
  const [a, b, c] = [0, 1, 2].map((i) => ({ ...claim(i, i, i), zone: 'z', store: 's' })) as [HeldClaim, HeldClaim, HeldClaim]
  const rule = { parity: 2, survive: 1 }
  t.true(keepsRule([a, b], rule))
  t.false(keepsRule([a, b, c], rule), 'three in a store')
  const [d, e, f] = [a, b, c].map((one) => ({ ...one, store: undefined })) as [HeldClaim, HeldClaim, HeldClaim]
  t.true(keepsRule([d, e, f], rule))
  t.false(keepsRule([d, e, f], { ...rule, bindsZones: true }), 'three in a zone')
  t.false(keepsRule([d, { ...e, peer: d.peer }], rule), 'two with a provider')
  t.false(
    keepsRule(
      [d, e, f].map((one) => ({ ...one, domain: 'x' })),
      rule,
    ),
    'three in a domain',
  )
})
