import test from 'ava'
import type { Random } from './random.ts'
import { SeededRandom } from './seeded.ts'
import { SystemRandom } from './system.ts'

const sources: readonly (readonly [string, () => Random])[] = [
  ['secure', () => new SystemRandom()],
  ['seeded', () => new SeededRandom(7)],
]

for (const [name, make] of sources) {
  test(`${name}: numbers are spread evenly`, (t) => {
    const random = make()
    const counts = Array.from({ length: 10 }, () => 0)
    let sum = 0
    const draws = 50_000
    for (let i = 0; i < draws; i++) {
      const drawn = random.below(10)
      counts[drawn] = (counts[drawn] ?? 0) + 1
      sum += random.uniform()
    }
    t.true(counts.every((count) => Math.abs(count - draws / 10) < 400)) // six standard deviations
    t.true(Math.abs(sum / draws - 0.5) < 0.01)
  })

  test(`${name}: waiting times have their mean`, (t) => {
    const random = make()
    let sum = 0
    for (let i = 0; i < 50_000; i++) sum += random.exponential(3)
    t.true(Math.abs(sum / 50_000 - 3) < 0.1)
  })

  test(`${name}: bytes have their length and differ`, (t) => {
    const random = make()
    t.is(random.bytes(0).length, 0)
    t.is(random.bytes(33).length, 33)
    t.notDeepEqual(random.bytes(32), random.bytes(32))
    t.is(new Set(random.bytes(10_000)).size, 256)
  })

  test(`${name}: a bound that is none is refused`, (t) => {
    for (const bound of [0, -1, 1.5, Number.NaN]) t.throws(() => make().below(bound), { instanceOf: RangeError })
    t.is(make().below(1), 0)
    t.true(make().below(2 ** 50) < 2 ** 50)
  })
}

test('a seed gives the same draws, another seed others', (t) => {
  t.deepEqual(new SeededRandom(7).bytes(64), new SeededRandom(7).bytes(64))
  t.notDeepEqual(new SeededRandom(7).bytes(64), new SeededRandom(8).bytes(64))
})

test('what is drawn in one fork changes nothing in another', (t) => {
  const one = new SeededRandom(7)
  const other = new SeededRandom(7)
  one.bytes(100)
  one.fork('a').bytes(100)
  t.deepEqual(one.fork('b').bytes(32), other.fork('b').bytes(32))
  t.notDeepEqual(other.fork('a').bytes(32), other.fork('b').bytes(32))
})
