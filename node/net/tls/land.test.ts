import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, TLSSocket } from 'node:tls'
import { nodeCrypto, SeededRandom, SystemClock } from '@lunarx/runtime'
import test from 'ava'
import { identityOf } from '../identity/identity.ts'
import { landAccepted } from './land.ts'
import { makePeerCertificate } from './peer-certificate.ts'

const certificate = makePeerCertificate(identityOf(new Uint8Array(32).fill(7), nodeCrypto), new SystemClock(), new SeededRandom(1))

test('bytes of an accepted socket land in our memory, by this version of Node', async (t) => {
  const memory = new Uint8Array(64 * 1024)
  let at = 0
  let isLanding = false
  let events = 0
  const landed = Promise.withResolvers<void>()
  const server = createServer(certificate, (socket) => {
    socket.on('error', () => undefined)
    isLanding = landAccepted(socket, {
      buffer: () => memory.subarray(at),
      callback: (bytes) => {
        at += bytes
        if (at === 40_000) landed.resolve()
        return true
      },
    })
    socket.on('data', () => events++)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  client.on('error', () => undefined)
  const sent = Uint8Array.from({ length: 40_000 }, (_, i) => i % 251)
  client.write(sent)
  await landed.promise
  t.true(isLanding)
  t.is(events, 0)
  t.deepEqual(memory.subarray(0, 40_000), sent)
  client.destroy()
  server.close()
})

test('a socket that has no such places is left alone', (t) => {
  const landing = { buffer: () => new Uint8Array(1), callback: () => true }
  t.false(landAccepted({} as TLSSocket, landing))
  const socket = new TLSSocket(undefined as never, {})
  t.true(landAccepted(socket, landing))
  t.false(landAccepted(socket, landing), 'it has its memory already')
  socket.destroy()
})
