/**
 * Which sets are due, in which order.
 */
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf, itemAt } from '@lunarx/core/model'
import test from 'ava'
import { openRecords, sealRecords } from '../../map/_records.test.ts'
import { dueSets } from './due-sets.ts'

const HOLDER = peerIdOf(new Uint8Array(32).fill(2))
const { signal } = new AbortController()

test('all that providers hold is due once in a round, with or without a record here, in stretches one behind the other', async (t) => {
  const records = sealRecords(50)
  const side = { ...(await openRecords(records.slice(0, 20))), slotKeys: { slots: [0] } }
  const held = records.slice(10)
  await side.map.statements.affirm(held.map(({ id }) => ({ segment: id, index: 0, peer: HOLDER })))
  const from = { round: 3, order: new Uint8Array(32).fill(5), done: 0 }
  const all = await dueSets(from, 1, side, signal)
  const ids = all.flatMap(({ segments }) => segments.map(hexOf))
  t.deepEqual(ids.toSorted(), held.map(({ id }) => hexOf(id)).toSorted(), 'sets of which nobody holds anything are not asked')
  t.deepEqual(
    all.map(({ until }) => until),
    [1],
  )

  const stretches = await dueSets(from, 1, side, signal, 7)
  t.deepEqual(
    stretches.map(({ segments }) => segments.length),
    [7, 7, 7, 7, 7, 5],
  )
  t.deepEqual(
    stretches.flatMap(({ segments }) => segments.map(hexOf)),
    ids,
  )
  for (const [at, { until }] of stretches.entries()) {
    const rest = await dueSets({ ...from, done: until }, 1, side, signal)
    t.deepEqual(
      rest.flatMap(({ segments }) => segments.map(hexOf)),
      ids.slice((at + 1) * 7),
      'what is done is not due again, and nothing between is left out',
    )
  }
  const half = itemAt(stretches, 2).until
  t.deepEqual(
    (await dueSets(from, half, side, signal)).flatMap(({ segments }) => segments.map(hexOf)),
    ids.slice(0, 21),
  )
  const [slotless] = await dueSets(from, 1, { ...side, slotKeys: { slots: [] } }, signal)
  t.deepEqual(
    slotless?.segments.map(hexOf).toSorted(),
    held
      .slice(0, 10)
      .map(({ id }) => hexOf(id))
      .toSorted(),
  )
  t.deepEqual(await dueSets({ ...from, done: 1 }, 1, side, signal), [{ segments: [], until: 1 }])
})
