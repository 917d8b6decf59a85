/**
 * A proxy on the loopback that can swallow an answer and cut the connection, as a network does at the worst of moments.
 *
 * @module
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface CutProxy extends AsyncDisposable {
  readonly port: number
  /** Once: what follows a message to the server with this text never comes back, and the connection is cut when the answer is there. */
  swallowAnswerTo(text: string): void
  /** Every connection of this moment, on both sides. */
  cutAll(): void
}

export async function startCutProxy(port: number): Promise<CutProxy> {
  const open = new Set<Socket>()
  let awaited: string | undefined
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let isDoomed = false
    const cut = (): void => {
      for (const socket of [client, upstream]) {
        open.delete(socket)
        socket.destroy()
      }
    }
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', cut).on('close', cut)
    }
    client.on('data', (chunk) => {
      if (awaited !== undefined && chunk.includes(awaited)) [isDoomed, awaited] = [true, undefined]
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (isDoomed) cut()
      else client.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const cutAll = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: address.port,
    swallowAnswerTo: (text) => void (awaited = text),
    cutAll,
    async [Symbol.asyncDispose]() {
      cutAll()
      server.close()
      await once(server, 'close')
    },
  }
}
