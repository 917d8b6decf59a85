/**
 * Waiting for a TLS handshake.
 *
 * @module
 */
import type { TLSSocket } from 'node:tls'

/** Resolves when the handshake is done. @throws what the socket reports; the signal's reason. The socket is the caller's to destroy. */
export function secured(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  // errors after the handshake end the connection, which its reader reports
  socket.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      socket.off('secureConnect', onSecure).off('error', onError).off('close', onClose)
      finish()
    }
    const onAbort = (): void => settle(() => reject(signal.reason))
    const onSecure = (): void => settle(resolve)
    const onError = (error: Error): void => settle(() => reject(error))
    const onClose = (): void => settle(() => reject(new Error('closed during the handshake')))
    socket.once('secureConnect', onSecure).once('error', onError).once('close', onClose)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** Why a socket failed, for the detail of an error. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)
