import test from 'ava'
import { ABSENT, contentOf, Expected, versionIn } from './expected.ts'

const NAME = 'chaos/0'

test('bytes tell which version they are, and one that differs tells that too', (t) => {
  const bytes = contentOf({ name: NAME, version: 12 }, 70_000)
  t.is(versionIn(NAME, bytes), 12)
  t.is(versionIn('chaos/1', bytes), undefined)
  t.is(versionIn(NAME, bytes.subarray(0, -1)), undefined)
  t.is(versionIn(NAME, Buffer.concat([bytes, Buffer.of(0)])), undefined)
  bytes.writeUInt8(bytes.readUInt8(60_000) ^ 1, 60_000)
  t.is(versionIn(NAME, bytes), undefined)
  t.is(versionIn(NAME, Buffer.from('no title')), undefined)
})

test('what was acknowledged must be there; what was not may be', (t) => {
  const expected = new Expected()
  const allowed = (): number[] => [0, 1, 2, 3].filter((version) => expected.allows({ name: NAME, version }))
  t.deepEqual(allowed(), [ABSENT])
  expected.doubt({ name: NAME, version: expected.next(NAME) })
  t.deepEqual(allowed(), [ABSENT, 1])
  expected.acknowledge({ name: NAME, version: expected.next(NAME) })
  t.deepEqual(allowed(), [2])
  expected.doubt({ name: NAME, version: ABSENT })
  t.deepEqual(allowed(), [ABSENT, 2])
  expected.acknowledge({ name: NAME, version: ABSENT })
  t.deepEqual(allowed(), [ABSENT])
  t.deepEqual(expected.names, [NAME])
})
