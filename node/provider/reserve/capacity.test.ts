import { hasCode } from '@lunarx/core/model'
import test from 'ava'
import fc from 'fast-check'
import { Capacity } from './capacity.ts'

test('never oversold, never leaked, whatever comes in whatever order', (t) => {
  const step = fc.record({ kind: fc.constantFrom('reserve', 'release', 'store', 'free'), sizeBytes: fc.nat(40), at: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(120), (steps, capacityBytes) => {
      const capacity = new Capacity(capacityBytes)
      const reserved: number[] = []
      const stored: number[] = []
      const take = (list: number[], at: number) => (list.length > 0 ? list.splice(at % list.length, 1)[0] : undefined)
      const sum = (list: readonly number[]) => list.reduce((total, size) => total + size, 0)
      for (const { kind, sizeBytes, at } of steps) {
        if (kind === 'reserve') {
          const fits = sum(reserved) + sum(stored) + sizeBytes <= capacityBytes
          try {
            capacity.reserve(sizeBytes)
            reserved.push(sizeBytes)
            t.true(fits)
          } catch (error) {
            t.true(!fits && hasCode(error, 'FULL'))
          }
        } else {
          const size = take(kind === 'free' ? stored : reserved, at)
          if (size === undefined) continue
          if (kind === 'free') capacity.free(size)
          else capacity.release(size)
          if (kind !== 'store') continue
          capacity.use(size)
          stored.push(size)
        }
        t.is(capacity.reservedBytes, sum(reserved))
        t.is(capacity.usedBytes, sum(stored))
      }
    }),
  )
})
