import { peerIdOf, type Credential } from '@lunarx/core/membership'
import { utf8 } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { HeardTrackers } from './heard-trackers.ts'

const peerOf = (name: string) => peerIdOf(crypto.signKey(crypto.sha256(utf8(name))).publicKey)
const sessionOf = (name: string, role: Credential['role'], expiresMs: number) => {
  const peer = peerOf(name)
  return { peer, credential: { network: 'n', peer, role, name, domains: {}, issuedMs: 0, expiresMs } }
}
const at = (host: string) => ({ host, controlPort: 1, dataPort: 2 })

test('a tracker is known by the newest credential shown at its place, until that runs out', (t) => {
  const heard = new HeardTrackers()
  heard.note(at('tracker-0'), sessionOf('a', 'tracker', 1_000))
  heard.note(at('tracker-1'), sessionOf('p', 'provider', 1_000))
  t.true(heard.has(peerOf('a'), 999))
  t.false(heard.has(peerOf('a'), 1_000))
  t.false(heard.has(peerOf('p'), 0))
  heard.note(at('tracker-0'), sessionOf('a', 'tracker', 2_000))
  t.true(heard.has(peerOf('a'), 1_999))
  heard.note(at('tracker-0'), sessionOf('b', 'tracker', 2_000))
  t.false(heard.has(peerOf('a'), 0))
})
