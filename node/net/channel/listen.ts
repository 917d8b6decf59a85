/**
 * Takes connections of the data channel: TLS with a peer certificate on both sides, then HELLO, then {@link Serving}.
 *
 * @module
 */
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, LunarError } from '@lunarx/core/model'
import { NET_LIMITS } from '../limits.ts'
import { type ListenAddress, listenOn } from '../listen.ts'
import { provedPeer } from '../tls/dial.ts'
import { landAccepted } from '../tls/land.ts'
import type { TlsCredentials } from '../tls/make-certificate.ts'
import { PROTOCOL } from './connection.ts'
import { FrameSocket } from './frame-socket.ts'
import { welcome } from './hello.ts'
import { Intake } from './intake.ts'
import { type ServeDeps, Serving } from './serve.ts'

export interface ListenDeps extends ServeDeps {
  readonly crypto: CryptoEngine
  readonly certificate: TlsCredentials
}

/** Names an open connection to one port. */
const placeOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}|${remotePort}`

export class DataListener implements AsyncDisposable {
  readonly #deps: ListenDeps
  readonly #server: Server
  /** Sockets whose HELLO has not been taken, by {@link placeOf}: TLS wraps the socket that was accepted in another. */
  readonly #unproved = new Map<string, Socket>()
  readonly #servings = new Map<Serving, { readonly peer: PeerId; readonly ended: Promise<void> }>()

  constructor(deps: ListenDeps) {
    this.#deps = deps
    this.#server = createServer(
      {
        ...deps.certificate,
        minVersion: 'TLSv1.3',
        ALPNProtocols: [PROTOCOL],
        requestCert: true,
        rejectUnauthorized: false, // the peer's id is proved by the libp2p extension, checked in HELLO
        handshakeTimeout: NET_LIMITS.handshakeMs,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 15_000,
      },
      (socket) => void this.#welcome(socket),
    )
    this.#server.maxConnections = NET_LIMITS.inboundConnections
    this.#server.on('connection', (socket: Socket) => this.#admit(socket))
    this.#server.on('tlsClientError', (error) => deps.log.debug('TLS handshake failed', { error }))
  }

  /** Resolves with the port. @throws {LunarError} BAD_CONFIG */
  async listen(address: ListenAddress): Promise<number> {
    const port = await listenOn(this.#server, address)
    this.#server.on('error', (error) => this.#deps.log.error('data listener failed', { error }))
    return port
  }

  /** Takes no more, lets what is under way finish within the grace period, then cuts. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#unproved.values()) socket.destroy()
    const ended = Promise.all([...this.#servings.values()].map((serving) => serving.ended))
    const cancel = this.#deps.clock.after(NET_LIMITS.graceMs, () => {
      for (const serving of this.#servings.keys()) serving.cut()
    })
    for (const serving of this.#servings.keys()) serving.close()
    await ended
    cancel()
  }

  #admit(socket: Socket): void {
    if (this.#unproved.size >= NET_LIMITS.inboundUnproved) {
      socket.destroy()
      return
    }
    const place = placeOf(socket)
    this.#unproved.set(place, socket)
    const cancel = this.#deps.clock.after(NET_LIMITS.handshakeMs, () => {
      if (this.#unproved.get(place) === socket) socket.destroy()
    })
    socket.once('close', () => {
      cancel()
      if (this.#unproved.get(place) === socket) this.#unproved.delete(place)
    })
  }

  async #welcome(socket: TLSSocket): Promise<void> {
    const intake = new Intake(this.#deps.clock)
    const frames = new FrameSocket(socket, this.#deps.clock, landAccepted(socket, intake.landing) ? intake : undefined)
    try {
      const session = await welcome(frames, () => this.#prove(socket), this.#deps.membership)
      this.#unproved.delete(placeOf(socket))
      const serving = new Serving(frames, session, this.#deps)
      const ended = serving.run().finally(() => this.#servings.delete(serving))
      this.#servings.set(serving, { peer: session.peer, ended })
    } catch (error) {
      this.#deps.log.debug('connection refused', { error })
      frames.destroy()
    }
  }

  #prove(socket: TLSSocket): PeerId {
    const peer = this.#peerOf(socket)
    let connections = 0
    for (const serving of this.#servings.values()) if (serving.peer === peer) connections++
    if (connections >= NET_LIMITS.inboundPerPeer)
      throw new LunarError('TOO_MANY_REQUESTS', 'the peer has too many connections', { detail: { peer, connections } })
    return peer
  }

  #peerOf(socket: TLSSocket): PeerId {
    try {
      return provedPeer(socket, this.#deps)
    } catch (cause) {
      if (!hasCode(cause, 'WRONG_PEER')) throw cause
      throw new LunarError('CREDENTIAL_REQUIRED', 'the certificate of the connection proves no peer id', { cause })
    }
  }
}
