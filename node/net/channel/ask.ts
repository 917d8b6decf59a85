/**
 * lease → send question → read answer → release: the asker's side of an exchange over the data channel.
 *
 * The question's body is sent while the answer is awaited, because the answer may come early (an error, mostly): then the body is
 * ended where it is, and the connection is good for the next exchange.
 *
 * @module
 */
import { parseBytes } from '@lunarx/core/document'
import { hasCode, LIMITS, LunarError, type PeerAddress } from '@lunarx/core/model'
import { type Clock, deadline, type TraceParent } from '@lunarx/runtime'
import type { Exchange } from '@lunarx/wire'
import { onAbort } from '../abort.ts'
import { parse } from '../answering/dispatch.ts'
import { encodeQuestion } from '../answering/traced.ts'
import { FRAME } from '../frame/frame.ts'
import { answerHead, decodeError } from '../frame/heads.ts'
import type { Answered, AskOptions, Body } from '../peers/peers.ts'
import { emptyBody, IncomingBody, sendBody } from './body.ts'
import type { FrameSocket } from './frame-socket.ts'
import type { Lease, Pool } from './pool.ts'

export interface AskDeps {
  readonly clock: Clock
  readonly pool: Pool
}

/** @throws {LunarError} see Peers.ask; whatever the question's body throws */
export async function askOverData<Q, A>(
  to: PeerAddress,
  exchange: Exchange<Q, A>,
  question: Q,
  options: AskOptions & { readonly traceparent?: TraceParent | undefined },
  deps: AskDeps,
): Promise<Answered<A>> {
  const { body, signal, timeoutMs = exchange.timeoutMs } = options
  const plain = { exchange: exchange.name, question, body: body !== undefined }
  const head = encodeQuestion(plain, options.traceparent, LIMITS.dataHeadBytes)
  const lease = await leaseInTime(to, timeoutMs, deps, signal)
  const asking = new Asking(lease, signal)
  try {
    const reply = await asking.reply(head, body, timeoutMs, deps.clock)
    const answer = parse(exchange.answer, reply.answer, `answer of ${exchange.name}`)
    const { session } = lease.connection
    if (reply.body)
      return { answer, session, body: new IncomingBody(lease.connection.frames, deps.clock, (end) => asking.leave(end === 'read')) }
    asking.leave(true)
    return { answer, session, body: emptyBody }
  } catch (error) {
    if (hasCode(error, 'TIMEOUT')) deps.pool.drop(to)
    asking.leave(false)
    throw error
  }
}

async function leaseInTime(to: PeerAddress, timeoutMs: number, deps: AskDeps, signal: AbortSignal | undefined): Promise<Lease> {
  using limit = deadline(deps.clock, timeoutMs, signal)
  return await deps.pool.lease(to, limit.signal)
}

/** One exchange on a leased connection. Aborting cuts the connection: every read and write on it then fails at once. */
class Asking {
  readonly #lease: Lease
  readonly #frames: FrameSocket
  readonly #stopListening: () => void
  /** True once the question has been sent to its end; false if that failed. Never rejects. */
  #sent: Promise<boolean> = Promise.resolve(false)
  #isAnswered = false
  #hasLeft = false

  constructor(lease: Lease, signal: AbortSignal | undefined) {
    this.#lease = lease
    this.#frames = lease.connection.frames
    this.#stopListening = onAbort(signal, (error) => this.#frames.destroy(error))
  }

  async reply(head: Uint8Array, body: Body | undefined, timeoutMs: number, clock: Clock): Promise<ReturnType<typeof answerHead.parse>> {
    this.#sent = this.#send(head, body)
    let cancel = (): void => undefined
    void this.#sent.then((isSent) => {
      if (isSent && !this.#isAnswered)
        cancel = clock.after(timeoutMs, () =>
          this.#frames.destroy(new LunarError('TIMEOUT', 'the peer did not answer in time', { detail: { timeoutMs } })),
        )
    })
    try {
      return await this.#read()
    } finally {
      this.#isAnswered = true
      cancel()
    }
  }

  /** Gives the connection back: for the next exchange if this one has been read to its end, else to be cut. */
  leave(isRead: boolean): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    if (!isRead) this.#frames.destroy()
    void this.#sent.then((isSent) => {
      this.#stopListening()
      this.#lease.release(isRead && isSent)
    })
  }

  async #send(head: Uint8Array, body: Body | undefined): Promise<boolean> {
    try {
      await this.#frames.write(FRAME.question, head)
      if (body) await sendBody(this.#frames, body, () => this.#isAnswered)
      return true
    } catch (error) {
      // the body threw: so does the ask. The connection ended: an answer may still have arrived, and says more
      if (this.#frames.isOpen) this.#frames.destroy(error)
      return false
    }
  }

  async #read(): Promise<ReturnType<typeof answerHead.parse>> {
    const frame = await this.#frames.frame(Number.POSITIVE_INFINITY)
    if (!frame) throw this.#frames.interrupted()
    if (frame.type === FRAME.answer) return parseBytes(answerHead, frame.payload)
    if (frame.type !== FRAME.error) throw new LunarError('BAD_MESSAGE', 'a frame that is no answer', { detail: { type: frame.type } })
    const error = decodeError(frame.payload)
    this.#isAnswered = true
    this.leave(true)
    throw error
  }
}
