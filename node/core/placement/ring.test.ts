import { nodeCrypto } from '@lunarx/runtime/crypto'
import fc from 'fast-check'
import test from 'ava'
import { utf8 } from '../model/bytes.ts'
import { makeRing, ringName, ringOwners } from './ring.ts'

const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 8 })
const keyOf = (i: number): Uint8Array => nodeCrypto.sha256(utf8(`key ${i}`))

test('owners are distinct members, as many as asked for, whatever the order of the members', (t) => {
  fc.assert(
    fc.property(members, fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 10 }), (all, key, count) => {
      const owners = ringOwners(all, key, count, nodeCrypto)
      t.is(owners.length, Math.min(count, all.length))
      t.is(new Set(owners).size, owners.length)
      t.true(owners.every((owner) => all.includes(owner)))
      t.deepEqual(ringOwners(all.toReversed(), key, count, nodeCrypto), owners)
    }),
    { numRuns: 50 },
  )
})

test('a member that leaves moves only its own keys, to their next owner', (t) => {
  fc.assert(
    fc.property(
      members.filter((all) => all.length > 1),
      fc.nat(),
      (all, pick) => {
        const gone = all[pick % all.length] as string
        const before = makeRing(all, nodeCrypto)
        const after = makeRing(
          all.filter((member) => member !== gone),
          nodeCrypto,
        )
        for (let i = 0; i < 50; i++) {
          const owners = before.owners(keyOf(i), all.length)
          t.deepEqual(
            after.owners(keyOf(i), all.length),
            owners.filter((owner) => owner !== gone),
          )
        }
      },
    ),
    { numRuns: 20 },
  )
})

test('keys are spread evenly over five trackers', (t) => {
  const all = ['t0:4001', 't1:4001', 't2:4001', 't3:4001', 't4:4001']
  const ring = makeRing(all, nodeCrypto)
  const counts = new Map<string, number>()
  for (let i = 0; i < 5000; i++) for (const owner of ring.owners(keyOf(i), 1)) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  for (const member of all) t.true(Math.abs((counts.get(member) ?? 0) / 1000 - 1) < 0.35, `${member} owns ${counts.get(member)} of 5000`)
})

test('an empty ring owns nothing', (t) => {
  t.deepEqual(ringOwners([], keyOf(1), 3, nodeCrypto), [])
})

test('a tracker is named by where it listens', (t) => {
  t.is(ringName({ host: 'tracker-0.tracker', controlPort: 4001 }), 'tracker-0.tracker:4001')
})
