import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { freshLeaf } from './fresh-leaf.ts'

test('a fresh leaf is any of those that were not asked, each as often as another, and none where there is none', (t) => {
  const random = new SeededRandom('fresh')
  const drawn = Array.from({ length: 3_000 }, () => freshLeaf([0, 2, 5], 6, random))
  t.deepEqual(
    [...new Set(drawn)].sort((a = 0, b = 0) => a - b),
    [1, 3, 4],
  )
  for (const leaf of [1, 3, 4]) t.true(Math.abs(drawn.filter((one) => one === leaf).length - 1_000) < 130)
  t.is(freshLeaf([], 1, random), 0)
  t.is(freshLeaf([0, 1], 2, random), undefined)
})
