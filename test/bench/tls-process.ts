/**
 * One end of bare `node:tls`, mutual, TLS 1.3: as many bytes over as many connections, nothing else done with them. The floor under
 * what a client costs that sends or receives the same bytes. Started by {@link measureTls}.
 *
 * @module
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { makeServerCertificate } from '@lunarx/net/tls'
import { systemPlatform } from '@lunarx/runtime/platform'
import type { TlsOrder, TlsReport } from './tls.ts'

const CHUNK = Buffer.alloc(256 * 1024, 0xa5)
const HOST = '127.0.0.1'
const DATA_FOLDER = process.argv[2] ?? ''

const { clock, random } = await systemPlatform({ dataFolder: DATA_FOLDER, logLevel: 'error' })
const options = { ...makeServerCertificate({ hosts: [HOST] }, clock, random), minVersion: 'TLSv1.3', rejectUnauthorized: false } as const

async function send(socket: TLSSocket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= CHUNK.length) {
    if (!socket.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK)) await once(socket, 'drain')
  }
}

/** Not by `for await`: leaving such a loop would close the socket. */
async function receive(socket: TLSSocket, bytes: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let left = bytes
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left <= 0) resolve()
  })
  socket.on('close', () => reject(new Error('closed before all bytes were there')))
  await promise
}

function serve({ direction, bytesPerConnection }: TlsOrder): void {
  const server = createServer({ ...options, requestCert: true }, (socket) => {
    socket.on('error', () => undefined) // the client leaves when it has what it wants
    const done = direction === 'put' ? receive(socket, bytesPerConnection).then(() => socket.write('!')) : send(socket, bytesPerConnection)
    done.catch(() => socket.destroy())
  })
  server.listen(0, HOST, () => process.send?.({ port: (server.address() as AddressInfo).port }))
}

async function call({ direction, connections, bytesPerConnection, port }: TlsOrder): Promise<void> {
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ ...options, host: HOST, port, servername: '' })
      await once(socket, 'secureConnect')
      return socket
    }),
  )
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  const one = async (socket: TLSSocket): Promise<void> => {
    if (direction === 'get') await receive(socket, bytesPerConnection)
    else {
      const answered = receive(socket, 1)
      await send(socket, bytesPerConnection)
      await answered
    }
  }
  await Promise.all(sockets.map(one))
  const { user, system } = process.cpuUsage(cpu)
  const report: TlsReport = { cpuSeconds: (user + system) / 1e6, wallSeconds: (performance.now() - wall) / 1_000 }
  process.send?.({ report })
}

process.on('disconnect', () => process.exit())
process.on('message', (order: TlsOrder) => {
  if (order.port === 0) serve(order)
  else call(order).catch(() => process.exit(1))
})
process.send?.({ ready: true })
