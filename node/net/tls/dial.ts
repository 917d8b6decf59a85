/**
 * Connects to a peer by TLS 1.3, showing our peer certificate and demanding one: both sides know each other's peer id afterwards.
 *
 * @module
 */
import { connect, type TLSSocket } from 'node:tls'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, LunarError } from '@lunarx/core/model'
import { type Clock, deadline } from '@lunarx/runtime'
import { NET_LIMITS } from '../limits.ts'
import type { Landing } from './land.ts'
import type { TlsCredentials } from './make-certificate.ts'
import { peerOfCertificate } from './peer-certificate.ts'
import { reasonOf, secured } from './secured.ts'

export interface DialTarget {
  readonly host: string
  readonly port: number
  /** Must be proved; undefined: any peer. */
  readonly peer?: PeerId | undefined
  /** Application protocol (ALPN). */
  readonly protocol: string
  /** Takes what arrives, in place of the socket's `data` events. */
  readonly landing?: Landing
}

export interface DialDeps {
  readonly clock: Clock
  readonly crypto: CryptoEngine
  readonly certificate: TlsCredentials
}

export interface Dialled {
  readonly socket: TLSSocket
  /** Whose certificate it is. */
  readonly peer: PeerId
}

/** @throws {LunarError} PEER_UNREACHABLE, WRONG_PEER, CREDENTIAL_EXPIRED; the signal's reason when aborted */
export async function dialTls(target: DialTarget, deps: DialDeps, outer?: AbortSignal): Promise<Dialled> {
  using limit = deadline(deps.clock, NET_LIMITS.handshakeMs, outer)
  const socket = connect({
    ...deps.certificate,
    host: target.host,
    port: target.port,
    minVersion: 'TLSv1.3',
    ALPNProtocols: [target.protocol],
    // the peer proves its id by the libp2p extension, checked below, not by a name under a certificate authority
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    servername: '',
    ...(target.landing && { onread: target.landing }),
  })
  try {
    await secured(socket, limit.signal)
    if (socket.alpnProtocol !== target.protocol)
      throw new LunarError('PEER_UNREACHABLE', 'the peer speaks another protocol', { detail: { ...placeOf(target) } })
    const peer = provedPeer(socket, deps)
    if (target.peer !== undefined && peer !== target.peer)
      throw new LunarError('WRONG_PEER', 'another peer answers at this address', {
        detail: { ...placeOf(target), expected: target.peer, found: peer },
      })
    socket.setNoDelay(true).setKeepAlive(true, 15_000)
    return { socket, peer }
  } catch (error) {
    socket.destroy()
    if (outer?.aborted) throw outer.reason
    if (hasCode(error, 'WRONG_PEER', 'CREDENTIAL_EXPIRED', 'PEER_UNREACHABLE')) throw error
    throw new LunarError('PEER_UNREACHABLE', 'no connection to the peer', {
      cause: error,
      detail: { ...placeOf(target), reason: reasonOf(error) },
    })
  }
}

/** The peer id that the other end of a finished handshake has proved. @throws {LunarError} WRONG_PEER, CREDENTIAL_EXPIRED */
export function provedPeer(socket: TLSSocket, deps: Pick<DialDeps, 'clock' | 'crypto'>): PeerId {
  const { raw } = socket.getPeerCertificate()
  if (raw === undefined) throw new LunarError('WRONG_PEER', 'the other end presented no certificate')
  return peerOfCertificate(Uint8Array.from(raw), deps.clock, deps.crypto)
}

const placeOf = ({ host, port }: DialTarget): { host: string; port: number } => ({ host, port })
