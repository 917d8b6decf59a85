import { peerIdOf } from '@lunarx/core/membership'
import { hasCode, utf8, type ErrorCode } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { TRACKER_LIMITS } from '../../limits.ts'
import { Outsiders } from './outsiders.ts'

const HEARTBEAT_MS = 5_000
const { outsiders: MAX, outsidersOfDomain: MAX_OF_DOMAIN, outsiderRestMs, outsiderPlaceMs } = TRACKER_LIMITS.audit
const address = { host: 'somewhere', controlPort: 1, dataPort: 2 }

interface Heard {
  readonly host?: string
  readonly domains?: Record<string, string>
  readonly expiresMs?: number
}

function make() {
  const clock = new SimulatedClock()
  const outsiders = new Outsiders({ clock, domainKey: 'zone', heartbeatMs: HEARTBEAT_MS })
  const peerOf = (name: string) => peerIdOf(crypto.signKey(crypto.sha256(utf8(name))).publicKey)
  const hear = (peer: string, token: string, { host = 'somewhere', ...more }: Heard = {}): void => {
    const credential = {
      network: 'n',
      peer: peerOf(peer),
      role: 'verifier' as const,
      name: token,
      domains: {},
      issuedMs: 0,
      expiresMs: 1e15,
      ...more,
    }
    outsiders.hear({ peer: credential.peer, credential }, { ...address, host })
  }
  const present = (): string[] => outsiders.present.map(({ domain }) => domain)
  return { clock, outsiders, peerOf, hear, present }
}

test('a verifier is asked until it lapses, is known as long again for what it signed, and comes back with a word', async (t) => {
  const { clock, outsiders, peerOf, hear, present } = make()
  hear('a', 'alice')
  t.deepEqual(present(), ['verifier alice'])
  await clock.runFor(outsiders.lapsesMs - 1)
  t.is(present().length, 1)
  t.is(outsiders.counts[0]?.isSilent, false)
  await clock.runFor(1)
  t.deepEqual(present(), [])
  t.is(outsiders.counts[0]?.isSilent, true)
  t.is(outsiders.domainOf(peerOf('a')), 'verifier alice')
  await clock.runFor(outsiders.lapsesMs)
  t.is(outsiders.domainOf(peerOf('a')), undefined)
  hear('a', 'alice')
  t.is(present().length, 1)
})

test('one token, or all of them, take no more than their room; those that lapsed make room', async (t) => {
  const { clock, outsiders, hear, present } = make()
  const isRefused = (peer: string, token: string): boolean => {
    try {
      hear(peer, token)
      return false
    } catch (error) {
      return hasCode(error, 'TOO_MANY_REQUESTS')
    }
  }
  for (let i = 0; i < MAX_OF_DOMAIN; i++) hear(`one ${i}`, 'one')
  t.true(isRefused('one more', 'one'))
  t.false(isRefused('one 0', 'one'), 'who is known may go on')
  for (let i = MAX_OF_DOMAIN; i < MAX; i++) hear(`${i}`, `token ${i}`)
  t.true(isRefused('another', 'another'))
  t.is(present().length, MAX)
  await clock.runFor(2 * outsiders.lapsesMs)
  t.false(isRefused('another', 'another'))
  t.deepEqual(present(), ['verifier another'])
})

test('a domain rests as one, whatever keys it brings; one that met a provider with silence is kept from that provider alone', async (t) => {
  const { clock, outsiders, peerOf, hear, present } = make()
  const presentFor = (provider: string): string[] => outsiders.presentFor(peerOf(provider)).map(({ domain }) => domain)
  for (const [peer, token] of [
    ['a', 'alice'],
    ['a too', 'alice'],
    ['b', 'bob'],
  ] as const)
    hear(peer, token)
  outsiders.rest(peerOf('a'))
  outsiders.forget(peerOf('a'))
  hear('another a', 'alice')
  t.deepEqual(present(), ['verifier bob'])
  outsiders.keepFrom(peerOf('b'), peerOf('p'))
  t.deepEqual([presentFor('p'), presentFor('q')], [[], ['verifier bob']])
  t.deepEqual([outsiders.withheldBy(peerOf('p')), outsiders.withheldBy(peerOf('q'))], [1, 0])
  await clock.runFor(outsiderRestMs)
  for (const [peer, token] of [
    ['a', 'alice'],
    ['b', 'bob'],
  ] as const)
    hear(peer, token)
  t.deepEqual(presentFor('p'), ['verifier alice', 'verifier bob'])
})

test('no verifier is reached at an address of the tracker itself or of its link; none comes to many addresses in a short time', async (t) => {
  const { clock, hear } = make()
  const refused = (code: ErrorCode, host: string): void => void t.throws(() => hear('a', 'alice', { host }), { code }, host)
  for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f.0.0.1', '0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255'])
    refused('BAD_MESSAGE', host)
  for (const host of [
    '::1',
    '::',
    '::ffff:127.0.0.1',
    'fe80::1',
    'febf::1',
    'ff02::1',
    'localhost',
    'LOCALHOST.',
    'x.localhost',
    'a b',
    '%',
  ])
    refused('BAD_MESSAGE', host)
  for (const [i, host] of ['10.0.0.7', '192.168.1.1', '2001:db8::1', 'fd00::1', '223.255.0.1', 'verifier-0', 'v.example.org'].entries())
    t.notThrows(() => hear(`${i}`, `token ${i}`, { host }), host)
  hear('a', 'alice', { host: '10.0.0.1' })
  refused('TOO_MANY_REQUESTS', '10.0.0.2')
  await clock.runFor(outsiderPlaceMs - 1)
  hear('a', 'alice', { host: '10.0.0.1' })
  refused('TOO_MANY_REQUESTS', '10.0.0.2')
  await clock.runFor(1)
  t.notThrows(() => hear('a', 'alice', { host: '10.0.0.2' }))
  refused('TOO_MANY_REQUESTS', '10.0.0.1')
})

test('one that failed rests, whatever it announces; one whose membership ended is not asked', async (t) => {
  const { clock, outsiders, peerOf, hear, present } = make()
  hear('a', 'alice')
  outsiders.note(peerOf('a'), 'wrong')
  outsiders.rest(peerOf('a'))
  hear('a', 'alice')
  t.deepEqual(present(), [])
  t.is(outsiders.domainOf(peerOf('a')), 'verifier alice')
  for (let ms = 0; ms < outsiderRestMs; ms += HEARTBEAT_MS) {
    await clock.runFor(HEARTBEAT_MS)
    hear('a', 'alice')
  }
  t.is(present().length, 1)
  t.is(outsiders.counts[0]?.counts.wrong, 1)
  outsiders.forget(peerOf('a'))
  hear('b', 'bob', { domains: { zone: 'z1' }, expiresMs: clock.now() + HEARTBEAT_MS })
  t.deepEqual(present(), ['z1'], 'where the domain key says where it is, that is its domain')
  await clock.runFor(HEARTBEAT_MS)
  t.deepEqual(present(), [])
  t.is(outsiders.domainOf(peerOf('b')), undefined)
})
