import { itemAt } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime'
import test from 'ava'
import fc from 'fast-check'
import { NET_LIMITS } from '../limits.ts'
import { Intake } from './intake.ts'
import { SLAB_BYTES } from './slabs.ts'

type Feed = (intake: Intake, bytes: Uint8Array) => boolean

/** As Node writes into memory that it was given: as much as fits, then into the next. */
const landing = (): Feed => {
  let memory: Uint8Array | undefined
  return (intake, bytes) => {
    let goesOn = true
    for (let at = 0; at < bytes.length;) {
      memory ??= intake.landing.buffer()
      const part = bytes.subarray(at, at + memory.length)
      memory.set(part)
      goesOn = intake.landing.callback(part.length)
      memory = intake.landing.buffer()
      at += part.length
    }
    return goesOn
  }
}
const arriving = (): Feed => (intake, bytes) => intake.arrived(Buffer.from(bytes))

const step = fc.oneof(
  fc.record({ kind: fc.constant('come' as const), bytes: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20_000 })) }),
  fc.record({ kind: fc.constant('take' as const), bytes: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 300_000 })) }),
  fc.record({ kind: fc.constant('rest' as const), bytes: fc.constant(0) }),
  fc.record({ kind: fc.constant('gather' as const), bytes: fc.constant(0) }),
)

for (const [name, feedOf] of [
  ['landed', landing],
  ['arrived', arriving],
] as const)
  test(`what has ${name} is read in order, and a view stays as it is until the next`, (t) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const [intake, feed] = [new Intake(new SimulatedClock()), feedOf()]
        let [come, taken] = [0, 0]
        let lent: { readonly view: Uint8Array; readonly copy: Uint8Array } | undefined
        for (const { kind, bytes } of steps) {
          if (kind === 'gather') intake.gather()
          else if (kind === 'rest' && intake.bytes === 0) {
            lent = undefined
            intake.rest()
          } else if (kind === 'come' && intake.bytes < NET_LIMITS.readBufferBytes) {
            feed(
              intake,
              Uint8Array.from({ length: bytes }, (_, i) => (come + i) % 251),
            )
            come += bytes
          } else if (kind === 'take') {
            if (lent && !Buffer.from(lent.view).equals(lent.copy)) return false
            const view = intake.take(bytes)
            if ((view === undefined) !== (come === taken)) return false
            lent = undefined
            if (!view) continue
            if (Buffer.isBuffer(view)) return false // slice() would be no copy
            if (view.some((byte, i) => byte !== (taken + i) % 251)) return false
            taken += view.length
            lent = { view, copy: view.slice() }
          }
          if (intake.bytes !== come - taken) return false
        }
        return true
      }),
      { numRuns: 100 },
    )
    t.pass()
  })

test('a full intake says stop, and go on when there is room', (t) => {
  const intake = new Intake(new SimulatedClock())
  let rooms = 0
  intake.onRoom = () => void rooms++
  const feed = landing()
  const record = new Uint8Array(16 * 1024)
  intake.gather()
  let records = 0
  while (feed(intake, record)) records++
  t.is(++records * record.length, NET_LIMITS.readBufferBytes)
  t.true(intake.isRipe(SLAB_BYTES))
  t.true((intake.take(5)?.length ?? 0) > 0)
  t.is(rooms, 1)
})

test('pieces of a body lie together, and few slabs serve one of any length', (t) => {
  const intake = new Intake(new SimulatedClock())
  const feed = landing()
  const memories = new Set<ArrayBufferLike>()
  const lengths: number[] = []
  intake.gather()
  feed(intake, new Uint8Array(16 * 1024)) // into memory for heads, offered before the body
  for (let i = 0; i < 640; i++) {
    feed(intake, new Uint8Array(16 * 1024))
    if (!intake.isRipe(SLAB_BYTES)) continue
    const piece = intake.take(SLAB_BYTES) ?? new Uint8Array(0)
    lengths.push(piece.length)
    memories.add(piece.buffer)
  }
  t.true(memories.size <= 4, `${memories.size} pieces of memory`)
  t.true(
    lengths.slice(2).every((length) => length >= SLAB_BYTES - 16 * 1024),
    lengths.join(' '),
  )
})

test('who waits is woken when enough has come, or at the time limit', async (t) => {
  const clock = new SimulatedClock()
  const intake = new Intake(clock)
  const feed = arriving()
  const waits = [intake.ripen(10_000, 1_000)]
  feed(intake, new Uint8Array(9_000))
  await clock.runFor(1_001)
  t.false(await itemAt(waits, 0))
  const longer = intake.ripen(10_000, 1_000)
  feed(intake, new Uint8Array(9_000))
  t.true(await longer)
})
