/**
 * The adversaries of `npm run audits` in small, on fixed seeds.
 *
 * @module
 */
import test from 'ava'
import { lossAllowance } from '@lunarx/core/audit'
import { playAttacks, SMALL } from './attacks.ts'
import { honest, returnsGarbage } from './behaviour.ts'
import { auditHonest } from './honest.ts'
import { isAsExpected } from './measure.ts'
import { holdShards } from './shards.ts'
import { Trial } from './trial.ts'

const attacks = await playAttacks(SMALL, () => undefined)

for (const attack of attacks)
  test(`${attack.attack}: found as the formula says`, (t) => {
    t.true(isAsExpected(attack), JSON.stringify(attack))
  })

test('who signs garbage is suspended by the first loss that is more than disks have, and debited for each', async (t) => {
  const shards = await holdShards(20)
  const course = { shards, seed: 'suspended', untilMs: 7_200_000, isToTheEnd: true }
  const trial = new Trial({ ...course, behaviour: returnsGarbage }).run()
  t.is(trial.debits, lossAllowance(shards.length) + 1)
  t.not(trial.suspendedMs, undefined)
  const right = new Trial({ ...course, behaviour: honest }).run()
  t.deepEqual([right.suspendedMs, right.debits], [undefined, 0])
})

test('honest providers in bad weather are contained, and none is punished', (t) => {
  const tally = auditHonest({ audits: 20_000, seed: 1, isContaining: true })
  t.true(tally.silent > 100 && tally.contained > 100 && tally.withoutBeacon > 100, JSON.stringify(tally))
  t.true(
    Object.values(tally.spells).every((spells) => spells > 0),
    JSON.stringify(tally.spells),
  )
  t.is(tally.punished, 0)
})

test('who signs what has rotted without looking is taken for a cheat: by such evidence honest providers could be punished', (t) => {
  const rotting = { audits: 10_000, seed: 2, isContaining: true, rotFaster: 30_000 }
  const careless = auditHonest({ ...rotting, isLooking: false })
  t.true(careless.rotten > 10, JSON.stringify(careless))
  t.is(careless.debits, careless.rotten, 'each is disproved')
  t.true(careless.punished > 0)
  const looking = auditHonest(rotting)
  t.true(looking.rotten > 3, JSON.stringify(looking))
  t.is(looking.debits, 0, 'what it says to have lost is no lie')
})

test('without containment the same providers are punished', (t) => {
  t.true(auditHonest({ audits: 20_000, seed: 1, isContaining: false }).punished > 5)
})
