/**
 * Who is at the other end of a libp2p connection: each side shows its credential by the exchange `hello` before anything else.
 *
 * Said again, by whichever side needs it, when a credential has been renewed or has run out: connections live longer than
 * credentials. An inbound connection that says nothing is closed.
 *
 * @module
 */
import type { Connection, Stream } from '@libp2p/interface'
import { parseBytes } from '@lunarx/core/document'
import type { SignedCredential } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import { type Clock, deadline, type Log } from '@lunarx/runtime'
import { FRAME } from '../frame/frame.ts'
import { decodeError, encodeError, encodeHead, helloHead } from '../frame/heads.ts'
import { NET_LIMITS } from '../limits.ts'
import type { Session } from '../peers/peers.ts'
import type { Membership } from '../session/membership.ts'
import { readFrame, sendFrame } from './stream-frames.ts'

export const HELLO_PROTOCOL = '/lunarx/1/hello'

export interface GreetingsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly membership: Membership
}

interface Greeted {
  readonly session: Session
  /** The credential that the other side knows us by. */
  readonly shown: SignedCredential
}

export class Greetings {
  readonly #deps: GreetingsDeps
  readonly #greeted = new WeakMap<Connection, Greeted>()
  readonly #underWay = new WeakMap<Connection, Promise<Session>>()

  constructor(deps: GreetingsDeps) {
    this.#deps = deps
  }

  /** Closes an inbound connection that shows no credential in time. */
  watch(connection: Connection): void {
    if (connection.direction === 'outbound') return
    const cancel = this.#deps.clock.after(NET_LIMITS.handshakeMs, () => {
      if (!this.#greeted.has(connection)) connection.abort(new LunarError('CREDENTIAL_REQUIRED', 'the connection showed no credential'))
    })
    connection.addEventListener('close', cancel, { once: true })
  }

  /** The session of a connection, greeting first where that is needed. @throws {LunarError} as {@link Membership.judge}, INTERRUPTED, BAD_MESSAGE, TIMEOUT */
  session(connection: Connection): Promise<Session> {
    const greeted = this.#greeted.get(connection)
    const { membership } = this.#deps
    if (greeted && greeted.shown === membership.document && !membership.isOver(greeted.session)) return Promise.resolve(greeted.session)
    const underWay = this.#underWay.get(connection)
    if (underWay) return underWay
    const greeting = this.#greet(connection).finally(() => this.#underWay.delete(connection))
    this.#underWay.set(connection, greeting)
    return greeting
  }

  /** The session of a connection on which a question has come in. @throws {LunarError} CREDENTIAL_REQUIRED */
  async shown(connection: Connection): Promise<Session> {
    await this.#underWay.get(connection)?.catch(() => undefined)
    const greeted = this.#greeted.get(connection)
    if (!greeted)
      throw new LunarError('CREDENTIAL_REQUIRED', 'show a credential first', { detail: { peer: connection.remotePeer.toString() } })
    return greeted.session
  }

  /** The session of a connection, if its other side has said who it is. */
  known(connection: Connection): Session | undefined {
    return this.#greeted.get(connection)?.session
  }

  /** Answers the other side's hello. */
  async welcome(stream: Stream, connection: Connection): Promise<void> {
    using limit = deadline(this.#deps.clock, NET_LIMITS.handshakeMs)
    try {
      const shown = this.#deps.membership.document
      this.#note(connection, await readFrame(stream, limit.signal), shown)
      await sendFrame(stream, FRAME.hello, encodeHead({ credential: shown }), limit.signal)
    } catch (error) {
      await this.#refuse(stream, connection, error, limit.signal)
    }
  }

  async #greet(connection: Connection): Promise<Session> {
    using limit = deadline(this.#deps.clock, NET_LIMITS.handshakeMs)
    const shown = this.#deps.membership.document
    const stream = await connection.newStream(HELLO_PROTOCOL, { signal: limit.signal })
    try {
      await sendFrame(stream, FRAME.hello, encodeHead({ credential: shown }), limit.signal)
      return this.#note(connection, await readFrame(stream, limit.signal), shown)
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error('greeting failed', { cause: error }))
      throw error
    }
  }

  #note(connection: Connection, { type, payload }: { type: number; payload: Uint8Array }, shown: SignedCredential): Session {
    if (type === FRAME.error) throw decodeError(payload)
    if (type !== FRAME.hello) throw new LunarError('BAD_MESSAGE', 'a frame that is no hello', { detail: { type } })
    const session = this.#deps.membership.judge(parseBytes(helloHead, payload).credential, connection.remotePeer.toString())
    this.#greeted.set(connection, { session, shown })
    return session
  }

  async #refuse(stream: Stream, connection: Connection, error: unknown, signal: AbortSignal): Promise<void> {
    this.#deps.log.debug('connection refused', { peer: connection.remotePeer.toString(), error })
    try {
      if (error instanceof LunarError) await sendFrame(stream, FRAME.error, encodeError(error), signal)
      await connection.close({ signal })
    } catch (cause) {
      connection.abort(new LunarError('INTERRUPTED', 'the refusal could not be sent', { cause }))
    }
  }
}
