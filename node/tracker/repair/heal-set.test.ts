/**
 * A repair that is begun again: by the same tracker, or by the next one when the first has died. How sets are healed: objectives.test.ts of
 * the tracker.
 */
import { hexOf, itemAt } from '@lunarx/core/model'
import test from 'ava'
import { watchSets } from './_watched-sets.test.ts'
import { healSet, NOTHING, type HealDeps } from './heal-set.ts'

test('what was planned and is held by now is not made again: no provider is asked for anything', async (t) => {
  const watched = await watchSets()
  const { fleet, map, peers, sets, watch } = watched
  const [set, lost] = [itemAt(sets, 0), itemAt(peers, 0)]
  const asked: string[] = []
  const nobody = new Proxy({}, { get: (_, name) => asked.push(String(name)) })
  const deps = { ...watched, classes: [], together: nobody, ask: () => asked.push('ask') } as unknown as HealDeps
  const heal = () =>
    healSet({ kind: 'rebuild', hex: hexOf(set.id), indices: [0], margin: 1, lossProbability: 0 }, deps, new AbortController().signal)
  t.deepEqual(await heal(), NOTHING, 'nothing is missing')
  await fleet.declareLost(lost, 'its volume is gone')
  const known = map.records.get(hexOf(set.id))
  t.deepEqual(known && watch.assess(known).missing.map(({ index }) => index), [0])
  await map.statements.affirm([{ segment: set.id, index: 0, peer: itemAt(peers, 7) }])
  t.deepEqual(await heal(), NOTHING, 'another tracker has made it')
  t.deepEqual(asked, [])
})
