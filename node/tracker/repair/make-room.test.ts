import test from 'ava'
import { surplusOf } from './make-room.ts'

const holder = (index: number, peer: string, isCondemned = false) => ({ index, peer, isCondemned })

test('of the sound holders of a shard all but the one with the smallest id are surplus', (t) => {
  t.deepEqual(surplusOf([holder(0, 'a'), holder(1, 'b'), holder(2, 'c')]), [])
  t.deepEqual(surplusOf([holder(0, 'c'), holder(0, 'a'), holder(1, 'b'), holder(0, 'd')]), [
    { index: 0, peer: 'c', twin: 'a' },
    { index: 0, peer: 'd', twin: 'a' },
  ])
})

test('a holder of wrong bytes is no twin', (t) => {
  t.deepEqual(surplusOf([holder(0, 'a', true), holder(0, 'b')]), [])
  t.deepEqual(surplusOf([holder(0, 'a', true), holder(0, 'b'), holder(0, 'c')]), [{ index: 0, peer: 'c', twin: 'b' }])
})
