import { hexOf } from '@lunarx/core/model'
import { exchange } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { clock, join, networkKey, newIdentity, random, type TestPeer } from '../_network.test.ts'
import { addressOf, startHost } from '../control/host.ts'
import type { Directory, FoundPeer } from '../peers/directory.ts'
import { directoryProtocol } from './kad.ts'

const message = z.object({ text: z.string() })
const tell = exchange({ name: 'test-tell', channel: 'data', askers: ['client'], question: message, answer: message })
const never = new AbortController().signal

interface Member extends TestPeer {
  readonly directory: Directory
}

async function member(t: ExecutionContext, role: 'client' | 'provider' | 'tracker' | 'verifier'): Promise<Member> {
  const joined = await join(role, undefined, newIdentity(), { directory: { announcementsPerHour: 60 } })
  t.teardown(() => joined.peers[Symbol.asyncDispose]())
  const { directory } = joined.peers
  if (!directory) throw new Error('a peer without a directory')
  return { ...joined, directory }
}

/** Looks again until it holds: members get to know each other in the background. */
async function until<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    const seen = await look()
    if (holds(seen) || i === 100) return seen
    await clock.sleep(100)
  }
}

const peersOf = (found: readonly FoundPeer[]): string[] => [...new Set(found.map(({ peer }) => peer))].sort()

test.serial('who announced a key is found and asked, a peer that moved too, with the tracker gone', async (t) => {
  const tracker = await member(t, 'tracker')
  const providers = await Promise.all(Array.from({ length: 4 }, () => member(t, 'provider')))
  for (const { directory } of providers) directory.meet([tracker.address])
  const [key, other] = [random.bytes(32), random.bytes(32)]
  const [first, second] = providers as [Member, Member, Member, Member]
  for (const { directory } of [first, second])
    t.true(
      (await until(
        () => directory.announce(key, never),
        (taken) => taken >= 3,
      )) >= 3,
    )

  const client = await member(t, 'client')
  client.directory.meet([tracker.address])
  const found = await until(
    () => client.directory.find(key, never),
    ({ length }) => length >= 2,
  )
  t.deepEqual(peersOf(found), [first.identity.peer, second.identity.peer].sort())
  t.deepEqual(await client.directory.find(other, never), [])
  await t.throwsAsync(client.directory.announce(key, never), { code: 'UNAUTHORIZED' })

  await tracker.peers[Symbol.asyncDispose]()
  const late = await member(t, 'client')
  late.directory.meet([tracker.address, providers[3]?.address ?? tracker.address])
  first.peers.answer(tell, async ({ text }) => ({ text: `heard ${text}` }))
  const again = await until(
    () => late.directory.find(key, never),
    ({ length }) => length >= 2,
  )
  const place = again.find(({ peer }) => peer === first.identity.peer)
  t.deepEqual(place, { ...first.address, peer: first.identity.peer })
  if (place) t.is((await late.peers.ask(place, tell, { text: 'it' })).answer.text, 'heard it')
  const places = await until(
    () => late.directory.findPeer(second.identity.peer, never),
    ({ length }) => length > 0,
  )
  t.deepEqual(places, [{ ...second.address, peer: second.identity.peer }])
  t.deepEqual(await late.directory.findPeer(newIdentity().peer, never), [])
})

test.serial('an outside verifier is nobody that others look anything up with', async (t) => {
  const [tracker, verifier] = [await member(t, 'tracker'), await member(t, 'verifier')]
  verifier.directory.meet([tracker.address])
  t.deepEqual(await verifier.directory.find(random.bytes(32), never), [])
  await t.throwsAsync(verifier.directory.announce(random.bytes(32), never), { code: 'UNAUTHORIZED' })
  const host = await startHost({ identity: newIdentity(), listen: undefined, announce: [] })
  t.teardown(() => host.stop())
  const spoken = async ({ address }: Member): Promise<string[]> => {
    const { remotePeer } = await host.dial(addressOf(address.host, address.controlPort))
    const { protocols } = await until(
      () => host.peerStore.get(remotePeer),
      (peer) => peer.protocols.length > 0,
    )
    return protocols.filter((name) => name.startsWith('/lunarx/1/kad/'))
  }
  t.is((await spoken(tracker)).length, 1)
  t.deepEqual(await spoken(verifier), [])
})

test.serial('nobody to begin with is no error, and costs no time limit', async (t) => {
  const client = await member(t, 'client')
  const startedMs = clock.elapsed()
  t.deepEqual(await client.directory.find(random.bytes(32), never), [])
  client.directory.meet([{ host: '127.0.0.1', controlPort: 1, dataPort: 1 }])
  t.deepEqual(await client.directory.find(random.bytes(32), never), [])
  t.true(clock.elapsed() - startedMs < 10_000)
  await t.throwsAsync(client.directory.find(random.bytes(32), AbortSignal.abort()))
})

test.serial('a stranger gets no answer from the directory', async (t) => {
  const tracker = await member(t, 'tracker')
  const identity = newIdentity()
  const host = await startHost({ identity, listen: undefined, announce: [] })
  t.teardown(() => host.stop())
  const connection = await host.dial(addressOf(tracker.address.host, tracker.address.controlPort))
  const { protocols } = await until(
    () => host.peerStore.get(connection.remotePeer),
    (peer) => peer.protocols.length > 0,
  )
  const [protocol = ''] = protocols.filter((name) => name.startsWith('/lunarx/1/kad/'))
  t.is(protocol, directoryProtocol(hexOf(networkKey.publicKey)))
  const stream = await connection.newStream(protocol)
  t.not(
    await until(
      async () => stream.status,
      (status) => status !== 'open',
    ),
    'open',
  )
})
