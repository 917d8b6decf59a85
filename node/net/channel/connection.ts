/**
 * The asker's end of a connection of the data channel: dialled, both sides proved and members of the network.
 *
 * @module
 */
import type { SignedCredential } from '@lunarx/core/membership'
import { hasCode, LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Session } from '../peers/peers.ts'
import type { Membership } from '../session/membership.ts'
import { type DialDeps, dialTls } from '../tls/dial.ts'
import { FrameSocket } from './frame-socket.ts'
import { greet } from './hello.ts'
import { Intake } from './intake.ts'

/** ALPN of the data channel. */
export const PROTOCOL = 'lunarx-data/1'

export interface ConnectDeps extends DialDeps {
  readonly membership: Membership
}

export interface Connection {
  readonly frames: FrameSocket
  readonly session: Session
  /** The credential that the answerer knows us by. */
  readonly shown: SignedCredential
}

/** @throws {LunarError} PEER_UNREACHABLE, WRONG_PEER, CREDENTIAL_REQUIRED, CREDENTIAL_EXPIRED; the signal's reason when aborted */
export async function openConnection(address: PeerAddress, deps: ConnectDeps, signal: AbortSignal): Promise<Connection> {
  const target = { host: address.host, port: address.dataPort, peer: address.peer, protocol: PROTOCOL }
  const intake = new Intake(deps.clock)
  const { socket, peer } = await dialTls({ ...target, landing: intake.landing }, deps, signal)
  const frames = new FrameSocket(socket, deps.clock, intake)
  const onAbort = (): void => frames.destroy()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const shown = deps.membership.document
    return { frames, session: await greet(frames, peer, deps.membership), shown }
  } catch (error) {
    frames.destroy()
    signal.throwIfAborted()
    if (!hasCode(error, 'TIMEOUT', 'INTERRUPTED')) throw error
    throw new LunarError('PEER_UNREACHABLE', 'the peer ended the connection before it said who it is', {
      cause: error,
      detail: { host: target.host, port: target.port },
    })
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** False once either side would have to show a newer credential. */
export function isCurrent({ frames, session, shown }: Connection, membership: Membership): boolean {
  return frames.isOpen && !frames.hasUnread && shown === membership.document && !membership.isOver(session)
}
