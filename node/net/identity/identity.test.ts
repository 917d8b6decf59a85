import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeDisk, nodeCrypto, SeededRandom } from '@lunarx/runtime'
import test from 'ava'
import { loadOrMakeIdentity } from './identity.ts'

async function folder(t: { teardown(undo: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lunarx-identity-'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

test('a peer keeps the identity of its volume', async (t) => {
  const path = await folder(t)
  const made = await loadOrMakeIdentity(new NodeDisk(path), new SeededRandom(1), nodeCrypto)
  const loaded = await loadOrMakeIdentity(new NodeDisk(path), new SeededRandom(2), nodeCrypto)
  t.is(loaded.peer, made.peer)
  t.deepEqual(loaded.seed, made.seed)
  t.regex(made.peer, /^12D3KooW/)
  const message = Uint8Array.of(1)
  t.true(nodeCrypto.verify(made.signKey.publicKey, message, loaded.signKey.sign(message)))
})

test('nobody else may read the seed', async (t) => {
  const path = await folder(t)
  await loadOrMakeIdentity(new NodeDisk(path), new SeededRandom(1), nodeCrypto)
  t.is((await stat(join(path, 'identity.seed'))).mode & 0o077, 0)
})

test('a new volume is a new peer', async (t) => {
  const [a, b] = await Promise.all([folder(t), folder(t)])
  const first = await loadOrMakeIdentity(new NodeDisk(a), new SeededRandom(1), nodeCrypto)
  const second = await loadOrMakeIdentity(new NodeDisk(b), new SeededRandom(2), nodeCrypto)
  t.not(first.peer, second.peer)
})

test('programs that begin with one folder at once: none fails, and one identity stays', async (t) => {
  const path = await folder(t)
  const seeds = Array.from({ length: 16 }, (_, seed) => seed)
  const made = await Promise.all(seeds.map((seed) => loadOrMakeIdentity(new NodeDisk(path), new SeededRandom(seed), nodeCrypto)))
  const { peer } = await loadOrMakeIdentity(new NodeDisk(path), new SeededRandom(99), nodeCrypto)
  t.true(made.some((one) => one.peer === peer))
  t.deepEqual(await readdir(path), ['identity.seed'])
})

test('a damaged identity is never replaced', async (t) => {
  const disk = new NodeDisk(await folder(t))
  await disk.writeFileDurably('identity.seed', new Uint8Array(31))
  await t.throwsAsync(loadOrMakeIdentity(disk, new SeededRandom(1), nodeCrypto), { code: 'STORE_FAILED' })
  t.is((await disk.readFile('identity.seed'))?.length, 31)
})
