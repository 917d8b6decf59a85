import { hexOf } from '@lunarx/core/model'
import test from 'ava'
import fc from 'fast-check'
import { Changes } from './changes.ts'

test('whoever applies what changed since has what is held, or is told that it missed too much', (t) => {
  const change = fc.record({ segment: fc.nat(5), isHeld: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 50 }), fc.nat(50), (list, at) => {
      const changes = new Changes(10)
      const held = new Set<string>()
      let known: Set<string> | undefined
      let sequence = 0
      for (const [n, { segment, isHeld }] of list.entries()) {
        if (n === at) [known, sequence] = [new Set(held), changes.sequence]
        const key = { segment: new Uint8Array(32).fill(segment), index: 0 }
        changes.add({ key, isHeld })
        if (isHeld) held.add(hexOf(key.segment))
        else held.delete(hexOf(key.segment))
      }
      t.is(changes.sequence, list.length)
      t.is(changes.since(changes.sequence + 1), undefined)
      const missed = changes.since(sequence)
      if (!missed) t.true(changes.sequence - sequence > 10)
      if (!known || !missed) return
      for (const { key, isHeld } of missed)
        if (isHeld) known.add(hexOf(key.segment))
        else known.delete(hexOf(key.segment))
      t.deepEqual([...known].toSorted(), [...held].toSorted())
    }),
  )
})
