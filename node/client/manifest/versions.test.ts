import test from 'ava'
import { checkName, decodeManifest, encodeManifest, type ObjectVersion, type StoredSets } from './manifest.ts'
import { droppedContents, keepVersions } from './versions.ts'

const id = (n: number) => new Uint8Array(32).fill(n)
const entry = (n: number) => ({
  id: id(n),
  salt: new Uint8Array(16),
  plaintextBytes: 1,
  addresses: [id(1), id(2)],
  positionSeeds: Array.from({ length: 8 }, () => id(0)),
  holders: [-1, -1],
})
const sets = (n: number): StoredSets => ({
  kind: 'sets',
  suite: 'aes-256-gcm',
  required: 1,
  parity: 1,
  owner: id(0),
  wrappedDataKey: new Uint8Array(60),
  keyCommitment: id(n),
  root: { level: 0, entries: [entry(n)], holders: [] },
})
const version = (storedMs: number, n: number): ObjectVersion => ({ sizeBytes: 1, className: 'c', storedMs, content: sets(n) })
const inline = (storedMs: number): ObjectVersion => ({
  sizeBytes: 0,
  className: 'c',
  storedMs,
  content: { kind: 'inline', bytes: new Uint8Array(0) },
})

test('the new version comes first, then the newest of before, as many as the class keeps', (t) => {
  const [a, b, c] = [version(1, 1), version(2, 2), version(3, 3)]
  t.deepEqual(keepVersions(c, [a, b], 1), [c])
  t.deepEqual(keepVersions(c, [a, b], 2), [c, b])
  t.deepEqual(keepVersions(c, [a, b], 9), [c, b, a])
  t.deepEqual(keepVersions(a, [c, b], 3), [a, c, b], 'even if its clock is behind')
})

test('contents that no version has any more are dropped, once each; kept ones never', (t) => {
  t.deepEqual(droppedContents([version(1, 1), version(2, 2), version(9, 1)], [version(3, 2)]), [sets(1)])
  t.deepEqual(droppedContents([version(1, 1)], [version(1, 1), inline(2)]), [])
  t.deepEqual(droppedContents([inline(1)], []), [])
})

test('a manifest comes back as it was; another format, or anything else, is refused', (t) => {
  const manifest = { version: 1 as const, name: 'räpört', versions: [version(5, 1), inline(4)] }
  t.deepEqual(decodeManifest(encodeManifest(manifest)), manifest)
  t.throws(() => decodeManifest(encodeManifest({ ...manifest, version: 2 as 1 })), { code: 'BAD_MESSAGE' })
  t.throws(() => decodeManifest(encodeManifest({ ...manifest, versions: [] })), { code: 'BAD_MESSAGE' })
  t.throws(() => decodeManifest(new Uint8Array(3)), { code: 'BAD_MESSAGE' })
})

test('names have 1 to 1,024 bytes of UTF-8', (t) => {
  t.notThrows(() => checkName('a'))
  t.notThrows(() => checkName('ä'.repeat(512)))
  for (const wrong of ['', 'ä'.repeat(513), '\uD800']) t.throws(() => checkName(wrong), { code: 'BAD_NAME' })
})
