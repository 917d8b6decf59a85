/**
 * The adversaries of `npm run audits` in small, on fixed seeds.
 *
 * @module
 */
import test from 'ava'
import { playAttacks, SMALL } from './attacks.ts'
import { auditHonest } from './honest.ts'
import { isAsExpected } from './measure.ts'

const attacks = await playAttacks(SMALL, () => undefined)

for (const attack of attacks)
  test(`${attack.attack}: found as the formula says`, (t) => {
    t.true(isAsExpected(attack), JSON.stringify(attack))
  })

test('honest providers in bad weather are contained, and none is punished', (t) => {
  const tally = auditHonest({ audits: 20_000, seed: 1, isContaining: true })
  t.true(tally.silent > 100 && tally.contained > 100, JSON.stringify(tally))
  t.is(tally.punished, 0)
})

test('without containment the same providers are punished', (t) => {
  t.true(auditHonest({ audits: 20_000, seed: 1, isContaining: false }).punished > 5)
})
