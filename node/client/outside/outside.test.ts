import { LIMITS, LunarError, type OutsideAddress, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { findOutside, type Exchange } from '@lunarx/wire'
import test from 'ava'
import { disguised } from '../../../test/fleet/disguised.ts'
import { digest, Fleet, OWNER } from '../_fleet.test.ts'
import { openClient } from '../index.ts'
import { AddressBook } from './address-book.ts'
import { OutsidePeers } from './outside-peers.ts'

const at = (host: string): OutsideAddress => ({ host, controlPort: 30_001, dataPort: 30_002 })
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff)

/** A wire that leads to `out-NAME` only, as from outside of a cluster. Counts what was dialled. */
function fromOutside(peers: Peers, dialled: string[]): Peers {
  return disguised(peers, {
    ask(to, exchange, question, options) {
      dialled.push(to.host)
      if (!to.host.startsWith('out-')) throw new LunarError('PEER_UNREACHABLE', `${to.host} is inside`)
      return peers.ask({ ...to, host: to.host.slice('out-'.length) }, exchange, question, options)
    },
  })
}

test('puts and gets from outside, with the addresses of trackers only to begin with; inside nobody sees addresses outside', async (t) => {
  const hosts = ['t0', 't1', 't2', ...Array.from({ length: 7 }, (_, i) => `p${i}`)]
  const known = new Map(hosts.map((host) => [host, at(`out-${host}`)]))
  const fleet = await Fleet.start({ outside: () => Promise.resolve(known) })
  const { config } = fleet.machines
  const { platform, peers } = fleet.machines.machine('outsider', 'client')
  const dialled: string[] = []
  const network = { ...config, outside: config.trackers.map(({ host }) => ({ host, at: at(`out-${host}`) })) }
  const sockets = fromOutside(peers, dialled)
  const outsider = await openClient({ network, ownerSecret: OWNER }, platform, new OutsidePeers({ ...platform, network, peers: sockets }))
  const object = bytes(300_000)
  await fleet.run(outsider.put('large', object))
  await fleet.run(outsider.put('small', object.subarray(0, 500)))
  t.is(digest(await fleet.read(outsider, 'large')), digest(object))
  t.true(dialled.every((host) => host.startsWith('out-')))
  t.true(new Set(dialled).size >= 8)
  const inside = await fleet.openClient()
  t.is(digest(await fleet.read(inside, 'large')), digest(object))
  t.is(digest(await fleet.read(inside, 'small')), digest(object.subarray(0, 500)))
})

/** Trackers that know these addresses, and what they were asked. */
function trackersWith(known: Map<string, OutsideAddress>, away: ReadonlySet<string> = new Set()) {
  const asked: { readonly tracker: string; readonly hosts: readonly string[] }[] = []
  const clock = new SimulatedClock()
  const ask = (to: PeerAddress, _: Exchange<unknown, unknown>, question: unknown): Promise<unknown> => {
    const { hosts } = question as { readonly hosts: readonly string[] }
    asked.push({ tracker: to.host, hosts })
    if (away.has(to.host)) return Promise.reject(new LunarError('PEER_UNREACHABLE', 'away'))
    return Promise.resolve({ answer: { at: hosts.map((host) => known.get(host) ?? null) }, body: [] })
  }
  const trackers = ['t0', 't1'].map((host) => ({ host, controlPort: 4001, dataPort: 4002 }))
  const network = { trackers, outside: trackers.map(({ host }) => ({ host, at: at(`out-${host}`) })) }
  const book = new AddressBook({ network, peers: { ask } as unknown as Peers, clock, log: new Trace(clock).log('client') })
  const find = (host: string, signal = new AbortController().signal) => book.find(host, signal)
  return { asked, clock, book, find }
}

test('all that are looked for at a time share a question; what is known is not asked for', async (t) => {
  const { asked, find } = trackersWith(
    new Map([
      ['p0', at('a')],
      ['p1', at('b')],
    ]),
  )
  t.deepEqual(await Promise.all(['p0', 'p1', 'p2', 't1'].map((host) => find(host))), [at('a'), at('b'), undefined, at('out-t1')])
  t.deepEqual(asked, [{ tracker: 'out-t0', hosts: ['p0', 'p1', 'p2'] }])
  await find('p0')
  t.is(asked.length, 1)
  const many = Array.from({ length: LIMITS.outsideAsked + 1 }, (_, i) => `q${i}`)
  await Promise.all(many.map((host) => find(host)))
  t.deepEqual(
    asked.slice(1).map(({ hosts }) => hosts.length),
    [LIMITS.outsideAsked, 1],
  )
})

test('a peer that has moved is found again once its address has failed, a tracker too', async (t) => {
  const known = new Map([['p0', at('old')]])
  const { asked, clock, book, find } = trackersWith(known)
  t.deepEqual(await find('p0'), at('old'))
  known.set('p0', at('new')).set('t0', at('new-t0'))
  t.deepEqual(await find('p0'), at('old'), 'an address is believed until it fails')
  book.doubt('p0')
  t.deepEqual(await find('p0'), at('old'), 'not asked again so soon')
  await clock.runFor(5_000)
  t.deepEqual(await find('p0'), at('new'))
  book.doubt('t0')
  t.deepEqual(await find('t0'), at('new-t0'))
  book.doubt('p0')
  await clock.runFor(5_000)
  await find('p0')
  t.is(asked.at(-1)?.tracker, 'new-t0')
})

test('what nobody knows any more stays as it was; the next tracker is asked where one is away', async (t) => {
  const known = new Map([['p0', at('a')]])
  const { asked, clock, book, find } = trackersWith(known, new Set(['out-t0']))
  t.deepEqual(await find('p0'), at('a'))
  t.deepEqual(
    asked.map(({ tracker }) => tracker),
    ['out-t0', 'out-t1'],
  )
  known.clear()
  book.doubt('p0')
  await clock.runFor(5_000)
  t.deepEqual(await find('p0'), at('a'))
  t.is(asked.at(-1)?.tracker, 'out-t1', 'the one that answered is asked first')
})

test('who waits for an address can be aborted, and a peer without one is unreachable', async (t) => {
  const { clock, find } = trackersWith(new Map(), new Set(['out-t0', 'out-t1']))
  const aborted = AbortSignal.abort(new LunarError('ABORTED', 'enough'))
  await t.throwsAsync(find('p0', aborted), { code: 'ABORTED' })
  await clock.runFor(5_000)
  t.is(await find('p0'), undefined)
  const peers = { ask: () => t.fail('nothing is dialled') } as unknown as Peers
  const outside = new OutsidePeers({ network: { trackers: [], outside: [] }, peers, clock, log: new Trace(clock).log('client') })
  const asking = outside.ask({ host: 'p0', controlPort: 1, dataPort: 2 }, findOutside, { hosts: ['p0'] })
  await t.throwsAsync(asking, { code: 'PEER_UNREACHABLE', message: /not reached from outside/ })
})
