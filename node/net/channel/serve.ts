/**
 * The answerer's side of one connection: welcome → (read question → dispatch → write answer)*, one exchange at a time.
 *
 * @module
 */
import { parseBytes } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime'
import { dispatch, type DispatchDeps, type Reply, toLunarError } from '../answering/dispatch.ts'
import { FRAME } from '../frame/frame.ts'
import { encodeError, encodeHead, questionHead } from '../frame/heads.ts'
import { NET_LIMITS } from '../limits.ts'
import type { Asked, Session } from '../peers/peers.ts'
import { dropBody, emptyBody, IncomingBody, sendBody } from './body.ts'
import type { FrameSocket } from './frame-socket.ts'
import { refuse } from './hello.ts'

export interface ServeDeps extends DispatchDeps {
  readonly clock: Clock
}

/** What a question's body may still have under way when it is answered early: both sides' buffers and a frame. */
const MAX_DISCARD_BYTES = 8 * 1024 * 1024

/** One authenticated connection. */
export class Serving {
  readonly #frames: FrameSocket
  readonly #session: Session
  readonly #deps: ServeDeps
  readonly #gone = new AbortController()
  #isBusy = false
  #isClosing = false

  constructor(frames: FrameSocket, session: Session, deps: ServeDeps) {
    this.#frames = frames
    this.#session = session
    this.#deps = deps
    frames.onClose(() => this.#gone.abort())
  }

  /** Answers until the asker leaves, {@link close} is called, or a rule is broken. Never rejects. */
  async run(): Promise<void> {
    try {
      while (!this.#isClosing && (await this.#next())) this.#isBusy = false
      await this.#frames.end() // not destroy: the last answer may still be on its way
    } catch (error) {
      this.#deps.log.debug('connection broken', { asker: this.#session.peer, error })
      if (this.#frames.isOpen && error instanceof LunarError && error.code === 'BAD_MESSAGE')
        await refuse(this.#frames, error).catch(() => undefined)
    } finally {
      this.#frames.destroy()
    }
  }

  /** Ends now if idle, else after the exchange under way. */
  close(): void {
    this.#isClosing = true
    if (!this.#isBusy) this.#frames.destroy()
  }

  /** Ends now. */
  cut(): void {
    this.#frames.destroy()
  }

  /** One exchange. @returns false if the connection is good for no other */
  async #next(): Promise<boolean> {
    this.#frames.rest()
    const header = await this.#frames.header(NET_LIMITS.answererIdleMs)
    if (!header) return false
    this.#isBusy = true
    if (header.type !== FRAME.question)
      throw new LunarError('BAD_MESSAGE', 'a frame that is no question', { detail: { type: header.type } })
    const head = parseBytes(questionHead, await this.#frames.payload(header.length))
    const body = head.body ? new IncomingBody(this.#frames, this.#deps.clock) : undefined
    await this.#answer(head, { session: this.#session, signal: this.#gone.signal, body: body ?? emptyBody })
    return body ? body.discard(MAX_DISCARD_BYTES) : true
  }

  /** @throws if the connection broke; what the handler threw has then been reported */
  async #answer(
    { exchange, question, traceparent }: { exchange: string; question?: unknown; traceparent?: unknown },
    asked: Asked,
  ): Promise<void> {
    let failure: LunarError
    try {
      const reply = await dispatch(asked, { exchange, channel: 'data', question, traceparent }, this.#deps)
      return await this.#send(reply)
    } catch (error) {
      if (!this.#frames.isOpen) throw error
      failure = toLunarError(error, asked, exchange, this.#deps.log)
    }
    await this.#frames.write(FRAME.error, encodeError(failure))
  }

  async #send({ answer, body }: Reply): Promise<void> {
    try {
      await this.#frames.write(FRAME.answer, encodeHead({ answer, body: body !== undefined }))
    } catch (error) {
      if (body) await dropBody(body)
      throw error
    }
    if (body) await sendBody(this.#frames, body)
  }
}
