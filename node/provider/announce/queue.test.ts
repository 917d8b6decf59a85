import { hexOf } from '@lunarx/core/model'
import test from 'ava'
import { AnnounceQueue } from './queue.ts'

const MINUTE = 60_000
const LIMITS = { windowMs: MINUTE, renewMs: 60 * MINUTE, sets: 3 }
const id = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const nextOf = (queue: AnnounceQueue, nowMs: number): string | undefined => {
  const next = queue.next(nowMs)
  return next && hexOf(next.slice(0, 1))
}

test('the newest window comes first, in it the lowest id, and none before its window is over', (t) => {
  const queue = new AnnounceQueue(LIMITS)
  queue.add(id(1), 0)
  queue.add(id(9), MINUTE)
  queue.add(id(5), MINUTE + 10)
  t.is(nextOf(queue, MINUTE + 20), '01')
  const order: (string | undefined)[] = []
  for (const minute of [2, 3, 4, 5]) {
    const next = queue.next(minute * MINUTE)
    order.push(next && hexOf(next.slice(0, 1)))
    if (next) queue.announced(next, minute * MINUTE)
  }
  t.deepEqual(order, ['05', '09', '01', undefined])
})

test('providers with a budget for few choose the same sets, in whatever order they came', (t) => {
  const [one, other] = [new AnnounceQueue(LIMITS), new AnnounceQueue(LIMITS)]
  for (const n of [7, 3, 8]) one.add(id(n), n)
  for (const n of [8, 3, 9]) other.add(id(n), 100 - n)
  t.is(nextOf(one, MINUTE), '03')
  t.is(nextOf(other, MINUTE), '03')
})

test('an announcement is made again before it runs out, when nothing newer waits; what is gone never', (t) => {
  const queue = new AnnounceQueue(LIMITS)
  queue.add(id(1), 0)
  queue.announced(id(1), MINUTE)
  t.is(queue.waiting, 0)
  t.is(nextOf(queue, 60 * MINUTE), undefined)
  t.is(nextOf(queue, 61 * MINUTE), '01')
  queue.add(id(2), 60 * MINUTE)
  t.is(nextOf(queue, 61 * MINUTE), '02')
  queue.remove(id(2))
  queue.remove(id(1))
  t.is(nextOf(queue, 61 * MINUTE), undefined)
})

test('a full queue drops the oldest', (t) => {
  const queue = new AnnounceQueue(LIMITS)
  for (const n of [1, 2, 3, 4, 5]) queue.add(id(n), n * MINUTE)
  t.is(queue.dropped, 2)
  t.is(queue.waiting, 3)
  for (const expected of ['05', '04', '03', undefined]) {
    const next = queue.next(9 * MINUTE)
    t.is(next && hexOf(next.slice(0, 1)), expected)
    if (next) queue.remove(next)
  }
})
