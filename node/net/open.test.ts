import { nodeCrypto, RecordedMetrics } from '@lunarx/runtime'
import { confirm, exchange } from '@lunarx/wire'
import test from 'ava'
import { z } from 'zod'
import { clock, credentialOf, join, log, membershipOf, netDeps, newIdentity, random } from './_network.test.ts'
import { openPeers } from './open.ts'

const message = z.object({ text: z.string() })
const tell = exchange({ name: 'test-tell', channel: 'control', askers: ['client'], question: message, answer: message })
const bulk = exchange({ name: 'test-bulk', channel: 'data', askers: ['client'], question: message, answer: message })

test.serial('a client opens no port and asks by name', async (t) => {
  const tracker = await join('tracker')
  const identity = newIdentity()
  const credential = credentialOf(identity, 'client')
  const client = await openPeers(
    membershipOf(identity, () => credential),
    netDeps(),
  )
  t.is(client.ports, undefined)
  for (const one of [tell, bulk]) {
    tracker.peers.answer(one, async ({ text }) => ({ text }))
    t.is((await client.ask({ ...tracker.address, host: 'localhost' }, one, { text: one.name })).answer.text, one.name)
  }
  await client[Symbol.asyncDispose]()
  await tracker.peers[Symbol.asyncDispose]()
})

test.serial('exchanges are counted on both sides, by outcome', async (t) => {
  const [asked, answered] = [new RecordedMetrics(), new RecordedMetrics()]
  const open = async (role: 'client' | 'tracker', metrics: RecordedMetrics) => {
    const identity = newIdentity()
    const credential = credentialOf(identity, role)
    return await openPeers(
      { ...membershipOf(identity, () => credential), listen: { host: '127.0.0.1', controlPort: 0, dataPort: 0 } },
      { clock, random, log, metrics, crypto: nodeCrypto },
    )
  }
  const [client, tracker] = [await open('client', asked), await open('tracker', answered)]
  tracker.answer(bulk, async ({ text }) => ({ text }))
  const address = { host: '127.0.0.1', controlPort: 1, dataPort: tracker.ports?.dataPort ?? 0 }
  await client.ask(address, bulk, { text: '' })
  await t.throwsAsync(client.ask(address, bulk, { text: 7 as never }), { code: 'BAD_MESSAGE' })
  await t.throwsAsync(client.ask(address, tell, { text: '' }), { code: 'PEER_UNREACHABLE' })
  for (const [metrics, name, exchange, outcome] of [
    [asked, 'lunarx_net_asked_total', 'test-bulk', 'OK'],
    [asked, 'lunarx_net_asked_total', 'test-bulk', 'BAD_MESSAGE'],
    [asked, 'lunarx_net_asked_total', 'test-tell', 'PEER_UNREACHABLE'],
    [answered, 'lunarx_net_answered_total', 'test-bulk', 'OK'],
    [answered, 'lunarx_net_answered_total', 'test-bulk', 'BAD_MESSAGE'],
  ] as const)
    t.is(metrics.value(name, { exchange, outcome }), 1, `${name} ${exchange} ${outcome}`)
  await client[Symbol.asyncDispose]()
  await tracker[Symbol.asyncDispose]()
})

test.serial('a port that is taken is no network', async (t) => {
  const tracker = await join('tracker')
  const identity = newIdentity()
  const credential = credentialOf(identity, 'tracker')
  for (const taken of [
    { controlPort: tracker.address.controlPort, dataPort: 0 },
    { controlPort: 0, dataPort: tracker.address.dataPort },
  ])
    await t.throwsAsync(openPeers({ ...membershipOf(identity, () => credential), listen: { host: '127.0.0.1', ...taken } }, netDeps()), {
      code: 'BAD_CONFIG',
    })
  await tracker.peers[Symbol.asyncDispose]()
})

test.serial('a peer that starts is asked again, one that has started is not', async (t) => {
  const client = await join('client')
  const identity = newIdentity()
  const credential = credentialOf(identity, 'tracker')
  let isStarted = false
  const listen = { host: '127.0.0.1', controlPort: 0, dataPort: 0 }
  const tracker = await openPeers({ ...membershipOf(identity, () => credential), listen, isStarted: () => isStarted }, netDeps())
  const address = { host: '127.0.0.1', controlPort: 1, dataPort: 1, ...tracker.ports }
  const none = { shards: [] }
  await t.throwsAsync(client.peers.ask(address, bulk, { text: '' }), { code: 'PEER_UNREACHABLE', message: /starting/ })
  await t.throwsAsync(client.peers.ask(address, confirm, none), { code: 'PEER_UNREACHABLE', message: /starting/ })
  isStarted = true
  await t.throwsAsync(client.peers.ask(address, bulk, { text: '' }), { code: 'UNKNOWN_EXCHANGE' })
  await t.throwsAsync(client.peers.ask(address, confirm, none), { code: 'UNKNOWN_EXCHANGE' })
  // role is checked before the handler: it would answer now
  tracker.answer(confirm, async () => ({ held: [] }))
  await t.throwsAsync(client.peers.ask(address, confirm, none), { code: 'UNAUTHORIZED' })
  tracker.answer(bulk, async ({ text }) => ({ text }))
  t.is((await client.peers.ask(address, bulk, { text: 'yes' })).answer.text, 'yes')
  await client.peers[Symbol.asyncDispose]()
  await tracker[Symbol.asyncDispose]()
})
