/**
 * Binding a server to a port.
 *
 * @module
 */
import type { Server } from 'node:net'
import { LunarError } from '@lunarx/core/model'
import { reasonOf } from './tls/secured.ts'

export interface ListenAddress {
  /** IP literal or name. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

/** Resolves with the port when the server listens. @throws {LunarError} BAD_CONFIG: the port is taken, or the address is not ours */
export function listenOn(server: Server, { host, port }: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(cannotListen({ host, port }, error))
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

export function cannotListen({ host, port }: ListenAddress, cause: unknown): LunarError {
  return new LunarError('BAD_CONFIG', 'cannot listen at this address', { cause, detail: { host, port, reason: reasonOf(cause) } })
}
