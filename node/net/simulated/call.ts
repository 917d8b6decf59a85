/**
 * One call: the question travels, is answered, the answer travels back, bodies flow behind both.
 *
 * Each step runs only while the line holds and the machine whose code it is has power.
 *
 * @module
 */
import { parseBytes } from '@lunarx/core/document'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { TraceParent } from '@lunarx/runtime/tracing'
import type { Exchange } from '@lunarx/wire'
import { dispatch } from '../answering/dispatch.ts'
import { decodeError, encodeError } from '../frame/heads.ts'
import type { Answered, AskOptions, Body } from '../peers/peers.ts'
import { CONNECT_MS } from './faults.ts'
import type { Line } from './line.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import type { SimulatedPeers } from './peers.ts'
import { Pipe } from './pipe.ts'

export interface CallDeps {
  readonly clock: Clock
  find(host: string): SimulatedPeers | undefined
  isReachable(): boolean
  /** Called when the answerer is known. @throws {LunarError} TOO_MANY_REQUESTS */
  begin(answerer: SimulatedPeers): void
  /** Called once, when nothing of the call is left. */
  end(): void
  /** An error that is none of ours: a defect of the handler. */
  defect(where: string, error: unknown): void
}

type Reply =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array; readonly body: Body | undefined }
  | { readonly kind: 'refusal'; readonly bytes: Uint8Array }

export class Call<Q, A> {
  readonly #deps: CallDeps
  readonly #line: Line
  readonly #asker: SimulatedPeers
  readonly #to: PeerAddress
  readonly #exchange: Exchange<Q, A>
  readonly #options: AskOptions
  /** What the asker's own body threw. */
  #sourceFailure: { readonly error: unknown } | undefined

  constructor(deps: CallDeps, line: Line, asker: SimulatedPeers, to: PeerAddress, exchange: Exchange<Q, A>, options: AskOptions) {
    this.#deps = deps
    this.#line = line
    this.#asker = asker
    this.#to = to
    this.#exchange = exchange
    this.#options = options
  }

  async ask(question: Q, traceparent: TraceParent | undefined): Promise<Answered<A>> {
    const { signal, timeoutMs = this.#exchange.timeoutMs } = this.#options
    const onAbort = (): void => this.#line.break(abortion(signal?.reason))
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    const limit = this.#deps.clock.after(timeoutMs, () =>
      this.#line.break(new LunarError('TIMEOUT', 'no answer within the time limit', { detail: { timeoutMs } })),
    )
    const release = (): void => {
      signal?.removeEventListener('abort', onAbort)
      this.#deps.end()
    }
    try {
      return await this.#run(encodeMessage(this.#exchange.channel, question), traceparent, release)
    } catch (error) {
      this.#line.break(asOurs(error))
      release()
      throw this.#sourceFailure ? this.#sourceFailure.error : error
    } finally {
      limit()
    }
  }

  async #run(question: Uint8Array, traceparent: TraceParent | undefined, release: () => void): Promise<Answered<A>> {
    const line = this.#line
    line.signal.throwIfAborted()
    const answerer = await this.#connect()
    const session = this.#asker.admit(answerer)
    const sent = new Pipe(line, this.#asker, answerer)
    void this.#send(sent)
    const reply = await line.held(this.#serve(answerer, question, traceparent, sent))
    sent.close()
    await line.carry()
    if (reply.kind === 'refusal') throw decodeError(reply.bytes)
    const answer = parseBytes(this.#exchange.answer, reply.bytes)
    const received = new Pipe(line, answerer, this.#asker)
    void this.#receive(received, reply.body ?? NOTHING, release)
    return { answer, body: received, session }
  }

  /** The peer at the address, reached and proved to be the one expected. */
  async #connect(): Promise<SimulatedPeers> {
    const unreachable = (): LunarError =>
      new LunarError('PEER_UNREACHABLE', 'no connection to the peer', { detail: { host: this.#to.host } })
    if (!this.#deps.isReachable()) {
      await this.#deps.clock.sleep(CONNECT_MS, this.#line.signal)
      throw unreachable()
    }
    await this.#line.carry()
    const answerer = this.#deps.find(this.#to.host)
    if (!answerer) throw unreachable()
    const expected = this.#to.peer
    if (expected !== undefined && expected !== answerer.self)
      throw new LunarError('WRONG_PEER', 'another peer answers at this address', {
        detail: { host: this.#to.host, expected, found: answerer.self },
      })
    this.#deps.begin(answerer)
    return answerer
  }

  async #serve(answerer: SimulatedPeers, question: Uint8Array, traceparent: TraceParent | undefined, body: Pipe): Promise<Reply> {
    const { name, channel } = this.#exchange
    const asking = new AbortController()
    const onBreak = (): void => void (answerer.isAlive && asking.abort(this.#line.signal.reason))
    this.#line.signal.addEventListener('abort', onBreak, { once: true })
    try {
      const asked = { session: answerer.admit(this.#asker), body, signal: asking.signal }
      const received = { exchange: name, channel, question: decodeMessage(question), traceparent }
      const reply = await dispatch(asked, received, answerer.dispatchDeps)
      return { kind: 'answer', bytes: encodeMessage(channel, reply.answer), body: reply.body }
    } catch (error) {
      if (!(error instanceof LunarError) || error.code === 'INTERNAL') this.#deps.defect(name, error)
      return { kind: 'refusal', bytes: encodeError(asOurs(error)) }
    }
  }

  async #send(pipe: Pipe): Promise<void> {
    const error = await pipe.pump(this.#options.body ?? NOTHING)
    if (error === undefined) return
    this.#sourceFailure = { error }
    this.#line.break(new LunarError('INTERRUPTED', 'the body of the question failed', { cause: error }))
  }

  async #receive(pipe: Pipe, body: Body, release: () => void): Promise<void> {
    const pumped = pipe.pump(body)
    await pipe.drained()
    release()
    const error = await pumped
    if (error !== undefined && !(error instanceof LunarError)) this.#deps.defect(`body of ${this.#exchange.name}`, error)
  }
}

/** The error of an aborted call: that of the signal when it is one of ours (a deadline), else ABORTED. */
const abortion = (reason: unknown): LunarError =>
  reason instanceof LunarError ? reason : new LunarError('ABORTED', 'the caller aborted the call', { cause: reason })

/** As the other side sees it. */
const asOurs = (error: unknown): LunarError =>
  error instanceof LunarError ? error : new LunarError('INTERNAL', 'the peer failed to answer', { cause: error })

const NOTHING: Body = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) }
