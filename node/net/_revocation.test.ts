/**
 * What holds on either way of asking once a peer is put out.
 *
 * @module
 */
import type { Exchange } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { join, newIdentity, type TestPeer } from './_network.test.ts'

type Text = { readonly text: string }

async function peer(t: ExecutionContext, ...how: Parameters<typeof join>): Promise<TestPeer> {
  const joined = await join(...how)
  t.teardown(() => joined.peers[Symbol.asyncDispose]())
  return joined
}

export function testRevocation(exchange: Exchange<Text, Text>): void {
  test.serial('a peer whose membership is revoked is answered no more, on open connections either', async (t) => {
    const client = await peer(t, 'client')
    const revoked = new Set<string>()
    const tracker = await peer(t, 'tracker', undefined, newIdentity(), { isRevoked: (id) => revoked.has(id) })
    tracker.peers.answer(exchange, async ({ text }) => ({ text }))
    const ask = () => client.peers.ask(tracker.address, exchange, { text: '' })
    await t.notThrowsAsync(ask())
    revoked.add(client.identity.peer)
    await t.throwsAsync(ask(), { code: 'CREDENTIAL_REVOKED' })
    await t.throwsAsync(ask(), { code: 'CREDENTIAL_REVOKED' })
    revoked.clear()
    await t.notThrowsAsync(ask())
  })

  test.serial('a peer whose membership is revoked is asked no more', async (t) => {
    const revoked = new Set<string>()
    const client = await peer(t, 'client', undefined, newIdentity(), { isRevoked: (id) => revoked.has(id) })
    const tracker = await peer(t, 'tracker')
    tracker.peers.answer(exchange, async ({ text }) => ({ text }))
    const ask = () => client.peers.ask(tracker.address, exchange, { text: '' })
    await t.notThrowsAsync(ask())
    revoked.add(tracker.identity.peer)
    await t.throwsAsync(ask(), { code: 'CREDENTIAL_REVOKED' })
  })
}
