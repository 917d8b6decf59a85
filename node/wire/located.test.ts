import { LIMITS } from '@lunarx/core/model'
import { encodeBytes } from '@lunarx/core/document'
import test from 'ava'
import { LocatedTable, MAX_HOLDERS, packedHolders, unpackHolders, type LocatedHolder, type LocatedProvider } from './located.ts'

const provider = (n: number, state: 'alive' | 'suspect' = 'alive'): LocatedProvider => ({
  address: {
    host: `pool-${n}.pool.storage.svc.cluster.local`,
    controlPort: 4001,
    dataPort: 4002,
    peer: `12D3KooW${String(n).padStart(44, '0')}`,
  },
  state,
})

test('what is packed comes back, providers once for all sets', (t) => {
  const table = new LocatedTable()
  const sets = [[0, 1, 299], [1], []].map((numbers) => numbers.map((n, index): LocatedHolder => ({ index, provider: provider(n) })))
  for (let n = 0; n < 300; n++) table.pack([{ index: 254, provider: provider(n) }]) // places beyond one byte
  const packed = sets.map((holders) => table.pack(holders))
  t.is(table.providers.length, 300)
  t.deepEqual(
    packed.map((one) => unpackHolders(one, table.providers)),
    sets,
  )
  t.true(packed.every((one) => packedHolders.safeParse(one).success))
})

test('nonsense is refused, or leaves out holders and nothing else', (t) => {
  t.false(packedHolders.safeParse(new Uint8Array(4)).success)
  t.false(packedHolders.safeParse(new Uint8Array(3 * (MAX_HOLDERS + 1))).success)
  const known = provider(0, 'suspect')
  t.deepEqual(unpackHolders(Uint8Array.of(7, 0, 0, 8, 0, 1, 9, 255, 255), [known]), [{ index: 7, provider: known }])
})

test('an answer about as many sets as may be asked for fits a head, with all providers that a tracker follows', (t) => {
  const table = new LocatedTable()
  for (let n = 0; n < 10_000; n++) table.pack([{ index: 0, provider: provider(n) }])
  const many = Array.from({ length: MAX_HOLDERS + 10 }, (_, index): LocatedHolder => ({ index: index % 255, provider: provider(index) }))
  const set = { segment: new Uint8Array(32), known: true, record: null, tombstones: [], buried: false, holders: table.pack(many) }
  const bytes = encodeBytes({ providers: table.providers, found: Array.from({ length: LIMITS.locateIds }, () => set) }).length
  t.true(bytes < LIMITS.dataHeadBytes, `${bytes} bytes`)
})
