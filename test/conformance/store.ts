/**
 * What every key-value store must do: SQLite and the simulated one are interchangeable.
 *
 * @module
 */
import { compareBytes, concatBytes, hexOf } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import type { ExecutionContext, TestFn } from 'ava'
import fc from 'fast-check'

export interface StoreFixture extends AsyncDisposable {
  /** Opens the one store of the fixture; again after it was disposed of. */
  open(): Promise<KeyValueStore>
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

export function storeConformance(test: TestFn, name: string, makeFixture: () => Promise<StoreFixture>): void {
  const on = (title: string, body: (fixture: StoreFixture, t: ExecutionContext) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      await using fixture = await makeFixture()
      await body(fixture, t)
    })
  }

  on('gives back what was put, until it is removed', async (fixture, t) => {
    await using store = await fixture.open()
    t.is(await store.get(bytes(1)), undefined)
    await store.write([{ put: bytes(1), value: bytes(10) }])
    t.deepEqual(await store.get(bytes(1)), bytes(10))
    await store.write([{ put: bytes(1), value: bytes() }])
    t.deepEqual(await store.get(bytes(1)), bytes())
    await store.write([{ remove: bytes(1) }, { remove: bytes(2) }])
    t.is(await store.get(bytes(1)), undefined)
  })

  on('keeps values of any size, whatever was there before', async (fixture, t) => {
    await using store = await fixture.open()
    const sizes = [1, 70_000, 0, 5_000, 1_100_000, 4_096, 4_095, 70_000]
    for (const [i, size] of sizes.entries()) {
      const value = new Uint8Array(size).fill(i)
      await store.write([
        { put: bytes(1), value },
        { put: bytes(1, i), value },
      ])
      t.deepEqual(await store.get(bytes(1)), value)
    }
    const [first, ...others] = await store.scan({ from: bytes(), limit: 100 })
    t.is(first?.value.length, sizes.at(-1))
    t.deepEqual(
      others.map(({ value }) => value.length),
      sizes,
    )
    await store.write([{ remove: bytes(1) }])
    t.is(await store.get(bytes(1)), undefined)
    t.is((await store.get(bytes(1, 4)))?.length, 1_100_000)
  })

  on('takes the changes of a batch in order', async (fixture, t) => {
    await using store = await fixture.open()
    await store.write([
      { put: bytes(1), value: bytes(1) },
      { remove: bytes(1) },
      { put: bytes(2), value: bytes(2) },
      { put: bytes(2), value: bytes(3) },
    ])
    t.is(await store.get(bytes(1)), undefined)
    t.deepEqual(await store.get(bytes(2)), bytes(3))
  })

  on('scans a range in the order of bytes', async (fixture, t) => {
    await using store = await fixture.open()
    const keys = [bytes(0x80), bytes(1, 0), bytes(1), bytes(0xff, 0xff), bytes(0x7f), bytes(1, 0xff)]
    await store.write(keys.map((key) => ({ put: key, value: key })))
    const scan = async (from: Uint8Array, until: Uint8Array | undefined, limit = 100) =>
      (await store.scan({ from, until, limit })).map(({ key }) => hexOf(key))
    t.deepEqual(await scan(bytes(), undefined), ['01', '0100', '01ff', '7f', '80', 'ffff'])
    t.deepEqual(await scan(bytes(1, 0), bytes(0x80)), ['0100', '01ff', '7f'])
    t.deepEqual(await scan(bytes(), undefined, 2), ['01', '0100'])
    t.deepEqual(await scan(bytes(2), bytes(3)), [])
  })

  on('concurrent writes are all there, in the order of the calls', async (fixture, t) => {
    await using store = await fixture.open()
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        store.write([
          { put: bytes(i), value: bytes(i) },
          { put: bytes(1, 1), value: bytes(i) },
        ]),
      ),
    )
    t.is((await store.scan({ from: bytes(), limit: 1000 })).length, 201)
    t.deepEqual(await store.get(bytes(1, 1)), bytes(199))
  })

  on('keeps what was written when it is opened again', async (fixture, t) => {
    {
      await using store = await fixture.open()
      await store.write([{ put: bytes(1), value: bytes(10) }])
    }
    await using store = await fixture.open()
    t.deepEqual(await store.get(bytes(1)), bytes(10))
  })

  on('a closed store refuses', async (fixture, t) => {
    const store = await fixture.open()
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await t.throwsAsync(store.write([{ put: bytes(1), value: bytes(1) }]), { code: 'STORE_FAILED' })
    await t.throwsAsync(store.get(bytes(1)), { code: 'STORE_FAILED' })
  })

  on('refuses more waiting writes than it states', async (fixture, t) => {
    await using store = await fixture.open()
    const results = await Promise.allSettled(Array.from({ length: 9_000 }, () => store.write([{ put: bytes(1), value: bytes(1) }])))
    const refused = results.filter((result) => result.status === 'rejected')
    t.true(refused.length > 0 && refused.length < 9_000)
    t.true(refused.every(({ reason }) => reason.code === 'TOO_MANY_REQUESTS'))
    await store.write([{ put: bytes(1), value: bytes(2) }])
  })

  on('does not share its bytes with the caller', async (fixture, t) => {
    await using store = await fixture.open()
    const value = bytes(1)
    await store.write([{ put: bytes(1), value }])
    value[0] = 2
    const read = await store.get(bytes(1))
    read?.fill(3)
    t.deepEqual(await store.get(bytes(1)), bytes(1))
  })

  on('is a sorted map, whatever is written', async (fixture, t) => {
    await using store = await fixture.open()
    const key = fc.uint8Array({ maxLength: 3 })
    const change: fc.Arbitrary<Change> = fc.oneof(
      fc.record({
        put: key,
        value: fc.oneof(
          fc.uint8Array({ maxLength: 4 }),
          fc.nat(255).map((fill) => new Uint8Array(5_000).fill(fill)),
        ),
      }),
      fc.record({ remove: key }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 6 }), key, key, async (batches, from, until) => {
        await store.write((await store.scan({ from: bytes(), limit: 10_000 })).map((entry) => ({ remove: entry.key })))
        const model = new Map<string, Uint8Array>()
        for (const batch of batches) {
          await store.write(batch)
          for (const one of batch)
            if ('put' in one) model.set(hexOf(one.put), concatBytes(one.put, one.value))
            else model.delete(hexOf(one.remove))
        }
        const found = await store.scan({ from, until, limit: 10_000 })
        const expected = [...model].filter(([text]) => inRange(text, from, until)).toSorted(([a], [b]) => (a < b ? -1 : 1))
        t.deepEqual(
          found.map((entry) => [hexOf(entry.key), concatBytes(entry.key, entry.value)]),
          expected,
        )
      }),
      { numRuns: 50 },
    )
  })
}

function inRange(text: string, from: Uint8Array, until: Uint8Array): boolean {
  const key = Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return compareBytes(key, from) >= 0 && compareBytes(key, until) < 0
}
