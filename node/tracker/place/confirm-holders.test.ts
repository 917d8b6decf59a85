import { hexOf, itemAt, LunarError } from '@lunarx/core/model'
import test from 'ava'
import type { AskTogether } from '../ask/index.ts'
import { watchSets } from '../repair/_watched-sets.test.ts'
import { confirmHolders } from './confirm-holders.ts'

test('of a shard that its provider cannot look up nothing is known, and the others of the set are confirmed or denied', async (t) => {
  const { map, fleet, sets, peers } = await watchSets()
  const { id } = itemAt(sets, 0)
  const peer = itemAt(peers, 7)
  const claims = [0, 1, 2].map((index) => ({ index, peer }))
  await map.statements.affirm(claims.map((claim) => ({ segment: id, ...claim })))
  const confirm: AskTogether['confirm'] = async (_, { index }) => {
    if (index === 0) throw new LunarError('STORE_FAILED', 'the index cannot be read')
    return index === 1
  }
  const together = { confirm } as unknown as AskTogether
  t.deepEqual(await confirmHolders(id, claims, { together, fleet, map }, new AbortController().signal), [{ index: 1, peer }])
  const stated = map.statements.holders(hexOf(id)).filter((holder) => holder.peer === peer)
  t.deepEqual(
    [0, 1, 2].filter((index) => stated.some((holder) => holder.index === index)),
    [0, 1],
  )
})

test('a claim is asked for once; of two providers one denies, the other cannot be asked, and one that is unknown is not', async (t) => {
  const { map, fleet, sets, peers } = await watchSets()
  const { id } = itemAt(sets, 0)
  const [denies, away, holds] = [itemAt(peers, 5), itemAt(peers, 6), itemAt(peers, 7)]
  const claims = [2, 1, 1].flatMap((index) => [denies, away, holds, 'unknown'].map((peer) => ({ index, peer })))
  await map.statements.affirm([denies, away].map((peer) => ({ segment: id, index: 1, peer })))
  const asked: string[] = []
  const confirm: AskTogether['confirm'] = async ({ peer = '' }, { index }) => {
    asked.push(`${peer} ${index}`)
    if (peer === away) throw new LunarError('PEER_UNREACHABLE', 'away')
    return peer === holds
  }
  const together = { confirm } as unknown as AskTogether
  const held = await confirmHolders(id, claims, { together, fleet, map }, new AbortController().signal)
  t.deepEqual(
    held,
    [1, 2].map((index) => ({ index, peer: holds })),
  )
  t.deepEqual(asked.sort(), [denies, away, holds].flatMap((peer) => [`${peer} 1`, `${peer} 2`]).sort())
  const stated = map.statements.holders(hexOf(id)).flatMap(({ index, peer }) => (index === 1 ? [peer] : []))
  t.deepEqual(
    [denies, away, holds].map((peer) => stated.includes(peer)),
    [false, true, true],
  )
})
