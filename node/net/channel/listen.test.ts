import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { nodeCrypto, SimulatedClock } from '@lunarx/runtime'
import test, { type ExecutionContext } from 'ava'
import { clock as now, credentialOf, log, membershipOf, newIdentity, random } from '../_network.test.ts'
import { Handlers } from '../answering/handlers.ts'
import { encodeHeader, FRAME } from '../frame/frame.ts'
import { encodeHead } from '../frame/heads.ts'
import { NET_LIMITS } from '../limits.ts'
import { Membership } from '../session/membership.ts'
import { makePeerCertificate } from '../tls/peer-certificate.ts'
import { PROTOCOL } from './connection.ts'
import { DataListener } from './listen.ts'

/** A data port whose limits run by simulated time, and a client that has shaken hands with it. */
async function dialled(t: ExecutionContext) {
  const clock = new SimulatedClock(now.now())
  const [identity, asker] = [newIdentity(), newIdentity()]
  const credential = credentialOf(identity, 'tracker')
  const listener = new DataListener({
    clock,
    crypto: nodeCrypto,
    log,
    count: () => undefined,
    handlers: new Handlers(),
    certificate: makePeerCertificate(identity, now, random),
    membership: new Membership(
      membershipOf(identity, () => credential),
      clock,
      nodeCrypto,
    ),
  })
  t.teardown(() => listener[Symbol.asyncDispose]())
  const port = await listener.listen({ host: '127.0.0.1', port: 0 })
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: [PROTOCOL] }
  const socket = connect({ ...options, ...makePeerCertificate(asker, now, random) })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  const head = encodeHead({ credential: credentialOf(asker, 'client') })
  return { clock, socket, hello: Buffer.concat([encodeHeader(FRAME.hello, head.length), head]) }
}

/** Lets sockets move, which simulated time does not wait for. */
async function settle(socket: TLSSocket, isDone: () => boolean): Promise<void> {
  while (!isDone() && !socket.destroyed) await new Promise((resolve) => setTimeout(resolve, 5))
}

test.serial('whoever does not say HELLO in time is cut, however busily it says something', async (t) => {
  const { clock, socket, hello } = await dialled(t)
  socket.resume()
  const stepMs = NET_LIMITS.handshakeMs / 20
  for (let i = 0; i < 20 && !socket.destroyed; i++) {
    socket.write(hello.subarray(i, i + 1))
    await new Promise((resolve) => setTimeout(resolve, 2))
    await clock.runFor(stepMs)
  }
  await clock.runFor(stepMs)
  await settle(socket, () => false)
  t.true(socket.destroyed)
})

test.serial('a kept connection is cut when it has been idle for long, not before', async (t) => {
  const { clock, socket, hello } = await dialled(t)
  let heard = 0
  socket.on('data', (piece: Buffer) => (heard += piece.length))
  socket.write(hello)
  await settle(socket, () => heard > 0)
  await clock.runFor(NET_LIMITS.answererIdleMs - 1_000)
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.false(socket.destroyed)
  await clock.runFor(2_000)
  await settle(socket, () => false)
  t.true(socket.destroyed)
})

test.serial('a head that trickles is cut in the time that a head has', async (t) => {
  const { clock, socket, hello } = await dialled(t)
  let heard = 0
  socket.on('data', (piece: Buffer) => (heard += piece.length))
  socket.write(Buffer.concat([hello, encodeHeader(FRAME.question, 1_000)]))
  await settle(socket, () => heard > 0)
  for (let i = 0; i < 12 && !socket.destroyed; i++) {
    socket.write(Uint8Array.of(0))
    await new Promise((resolve) => setTimeout(resolve, 5))
    await clock.runFor(NET_LIMITS.headMs / 10)
  }
  await settle(socket, () => false)
  t.true(socket.destroyed)
})
