/**
 * HELLO: after the handshake has proved the peer ids, each side shows its credential, the asker first. Nothing else is read before.
 *
 * @module
 */
import { parseBytes } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import { FRAME } from '../frame/frame.ts'
import { decodeError, encodeError, encodeHead, helloHead } from '../frame/heads.ts'
import { NET_LIMITS } from '../limits.ts'
import type { Session } from '../peers/peers.ts'
import type { Membership } from '../session/membership.ts'
import type { FrameSocket } from './frame-socket.ts'

/** The asker's part. @throws {LunarError} CREDENTIAL_REQUIRED, CREDENTIAL_EXPIRED (of either side), BAD_MESSAGE, INTERRUPTED, TIMEOUT */
export async function greet(frames: FrameSocket, proved: PeerId, membership: Membership): Promise<Session> {
  await frames.write(FRAME.hello, encodeHead({ credential: membership.document }))
  return readHello(frames, proved, membership)
}

/** The answerer's part: tells the asker why it is refused. @throws {LunarError} as {@link greet} */
export async function welcome(frames: FrameSocket, prove: () => PeerId, membership: Membership): Promise<Session> {
  try {
    const session = await readHello(frames, prove(), membership)
    await frames.write(FRAME.hello, encodeHead({ credential: membership.document }))
    return session
  } catch (error) {
    if (frames.isOpen && error instanceof LunarError) await refuse(frames, error)
    throw error
  }
}

/** Reports an error and ends the connection. */
export async function refuse(frames: FrameSocket, error: LunarError): Promise<void> {
  await frames.write(FRAME.error, encodeError(error))
  await frames.end()
}

async function readHello(frames: FrameSocket, proved: PeerId, membership: Membership): Promise<Session> {
  const header = await frames.header(NET_LIMITS.handshakeMs)
  if (!header) throw frames.interrupted()
  // before its payload is read: of strangers nothing longer than a credential is taken
  if (header.type !== FRAME.hello && header.type !== FRAME.error)
    throw new LunarError('CREDENTIAL_REQUIRED', 'a connection starts with a credential', { detail: { type: header.type } })
  const payload = await frames.payload(header.length)
  if (header.type === FRAME.error) throw decodeError(payload)
  return membership.judge(parseBytes(helloHead, payload).credential, proved)
}
