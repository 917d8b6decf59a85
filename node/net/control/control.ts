/**
 * Control exchanges over libp2p: dial → greet → open stream → question → answer, and the other side of it. Connection and stream are
 * kept for the next question.
 *
 * @module
 */
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { parseBytes } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, LIMITS, LunarError, type PeerAddress } from '@lunarx/core/model'
import { deadline, type TraceParent } from '@lunarx/runtime'
import * as wire from '@lunarx/wire'
import type { Exchange } from '@lunarx/wire'
import { abortError } from '../abort.ts'
import { dispatch, type DispatchDeps, parse, toLunarError, type Question } from '../answering/dispatch.ts'
import { encodeQuestion } from '../answering/traced.ts'
import { emptyBody } from '../channel/body.ts'
import { FRAME } from '../frame/frame.ts'
import { answerHead, decodeError, encodeError, encodeHead, questionHead } from '../frame/heads.ts'
import { NET_LIMITS } from '../limits.ts'
import type { Answered, AskOptions, Asked } from '../peers/peers.ts'
import { Greetings, type GreetingsDeps, HELLO_PROTOCOL } from './greetings.ts'
import { addressOf } from './host.ts'
import { KeptStreams } from './kept-streams.ts'
import { readFrame, sendFrame, writeFrame } from './stream-frames.ts'

export interface ControlDeps extends DispatchDeps, GreetingsDeps {
  readonly host: Libp2p
}

/** Exchanges of the network that go over libp2p. */
const CONTROL_EXCHANGES = Object.values<unknown>(wire).filter(
  (one): one is Exchange<unknown, unknown> => typeof one === 'object' && one !== null && 'channel' in one && one.channel === 'control',
)

const protocolOf = (exchange: string): string => `/lunarx/1/${exchange}`

export class Control implements AsyncDisposable {
  readonly greetings: Greetings
  readonly #deps: ControlDeps
  readonly #kept: KeptStreams
  /** Open connections by the address that was dialled: libp2p knows them by peer id only, which the asker may not know. */
  readonly #byAddress = new Map<string, Connection>()
  /** When a connection last brought an answer: elapsed ms. */
  readonly #heardMs = new WeakMap<Connection, number>()
  readonly #answering = new Set<Promise<unknown>>()
  readonly #served = new Set<string>()
  readonly #stop = new AbortController()

  constructor(deps: ControlDeps) {
    this.#deps = deps
    this.greetings = new Greetings(deps)
    this.#kept = new KeptStreams(deps.clock)
  }

  async start(): Promise<void> {
    const { host } = this.#deps
    host.addEventListener('connection:open', ({ detail }) => this.greetings.watch(detail))
    await host.handle(HELLO_PROTOCOL, (stream, connection) => this.greetings.welcome(stream, connection))
    for (const { name } of CONTROL_EXCHANGES) this.serve(name)
  }

  /**
   * Takes questions of this exchange from now on. Those of the network are taken from the start, so that a peer that is starting can
   * say so: libp2p would say that there is no such exchange.
   */
  serve(exchange: string): void {
    if (this.#served.has(exchange)) return
    this.#served.add(exchange)
    const limits = { maxInboundStreams: NET_LIMITS.controlStreams, maxOutboundStreams: NET_LIMITS.controlStreams }
    const handler = (stream: Stream, connection: Connection): void => void this.#answerAll(stream, connection, exchange)
    this.#deps.host
      .handle(protocolOf(exchange), handler, limits)
      .catch((error: unknown) => this.#deps.log.error('exchange not served', { exchange, error }))
  }

  /** @throws {LunarError} see Peers.ask */
  async ask<Q, A>(
    to: PeerAddress,
    exchange: Exchange<Q, A>,
    question: Q,
    { signal: outer, timeoutMs = exchange.timeoutMs, traceparent }: AskOptions & { readonly traceparent?: TraceParent | undefined },
  ): Promise<Answered<A>> {
    const { clock } = this.#deps
    using limit = deadline(clock, timeoutMs, outer)
    const head = encodeQuestion({ exchange: exchange.name, question, body: false }, traceparent, LIMITS.controlMessageBytes)
    const connection = await this.#connect(to, limit.signal)
    const startedMs = clock.elapsed()
    try {
      const session = await this.#session(connection, limit.signal)
      const answer = await this.#exchange(connection, exchange, head, limit.signal)
      this.#heardMs.set(connection, clock.elapsed())
      return { answer, session, body: emptyBody }
    } catch (error) {
      // a connection that has gone silent is of no use to the next question either
      if (hasCode(error, 'TIMEOUT') && !outer?.aborted && (this.#heardMs.get(connection) ?? 0) < startedMs) connection.abort(error)
      throw error
    }
  }

  /** Connects, unless a connection is open, and greets. @throws {LunarError} as {@link ask} */
  async reach(to: PeerAddress, signal: AbortSignal): Promise<Connection> {
    const connection = await this.#connect(to, signal)
    await this.#session(connection, signal)
    return connection
  }

  /** Refuses new questions, lets those under way finish within the grace period, then stops the host. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    using limit = deadline(this.#deps.clock, NET_LIMITS.graceMs)
    await Promise.race([
      Promise.all(this.#answering),
      new Promise<void>((resolve) => limit.signal.addEventListener('abort', () => resolve(), { once: true })),
    ])
    await this.#deps.host.stop()
  }

  async #connect({ host, controlPort, peer }: PeerAddress, outer: AbortSignal): Promise<Connection> {
    const connection = this.#open(peer) ?? (await this.#dial(host, controlPort, outer))
    const found = connection.remotePeer.toString()
    if (peer !== undefined && found !== peer)
      throw new LunarError('WRONG_PEER', 'another peer answers at this address', {
        detail: { host, port: controlPort, expected: peer, found },
      })
    return connection
  }

  /** A connection to this peer, whoever opened it. */
  #open(peer: PeerId | undefined): Connection | undefined {
    return peer === undefined ? undefined : this.#deps.host.getConnections(peerIdFromString(peer)).find(({ status }) => status === 'open')
  }

  /** Whoever answers there: libp2p, told whom to expect, would not say who else it is. */
  async #dial(host: string, port: number, outer: AbortSignal): Promise<Connection> {
    const address = addressOf(host, port)
    const known = this.#byAddress.get(address.toString())
    if (known?.status === 'open') return known
    using limit = deadline(this.#deps.clock, NET_LIMITS.handshakeMs, outer)
    try {
      const connection = await this.#deps.host.dial(address, { signal: limit.signal })
      this.#remember(address.toString(), connection)
      return connection
    } catch (error) {
      if (outer.aborted) throw abortError(outer)
      const reason = error instanceof Error ? error.message : String(error)
      throw new LunarError('PEER_UNREACHABLE', 'no connection to the peer', { cause: error, detail: { host, port, reason } })
    }
  }

  #remember(address: string, connection: Connection): void {
    this.#byAddress.set(address, connection)
    const forget = (): void => {
      if (this.#byAddress.get(address) === connection) this.#byAddress.delete(address)
    }
    connection.addEventListener('close', forget, { once: true })
  }

  async #session(connection: Connection, signal: AbortSignal): ReturnType<Greetings['session']> {
    try {
      return await this.greetings.session(connection)
    } catch (error) {
      if (signal.aborted) throw abortError(signal)
      connection.abort(error instanceof Error ? error : new Error('greeting failed', { cause: error }))
      throw error instanceof LunarError
        ? error
        : new LunarError('PEER_UNREACHABLE', 'the peer ended the connection before it said who it is', { cause: error })
    }
  }

  async #exchange<Q, A>(connection: Connection, exchange: Exchange<Q, A>, head: Uint8Array, signal: AbortSignal): Promise<A> {
    const protocol = protocolOf(exchange.name)
    let stream = this.#kept.take(connection, protocol)
    try {
      stream ??= await connection.newStream(protocol, { signal, maxOutboundStreams: NET_LIMITS.controlStreams })
      writeFrame(stream, FRAME.question, head)
      const { type, payload } = await readFrame(stream, signal)
      if (type === FRAME.error) throw decodeError(payload)
      if (type !== FRAME.answer) throw new LunarError('BAD_MESSAGE', 'a frame that is no answer', { detail: { type } })
      const answer = parse(exchange.answer, parseBytes(answerHead, payload).answer, `answer of ${exchange.name}`)
      this.#kept.put(connection, protocol, stream)
      return answer
    } catch (error) {
      const known = signal.aborted ? abortError(signal) : streamError(error, exchange.name)
      stream?.abort(known)
      throw known
    }
  }

  /** One question after another, until the asker ends the stream, asks nothing for too long, or gets an error. Never rejects. */
  async #answerAll(stream: Stream, connection: Connection, exchange: string): Promise<void> {
    const gone = new AbortController()
    const onClose = (): void => gone.abort()
    stream.addEventListener('close', onClose, { once: true })
    try {
      await this.greetings.shown(connection)
      let question = await this.#question(stream, NET_LIMITS.headMs)
      while (await this.#track(this.#answer(stream, connection, { ...question, exchange }, gone.signal))) {
        const next = await this.#question(stream, NET_LIMITS.answererIdleMs).catch(unlessOver)
        if (next === OVER) return await stream.close()
        question = next
      }
    } catch (error) {
      await this.#refuse(stream, exchange, error, gone.signal)
    } finally {
      stream.removeEventListener('close', onClose)
    }
  }

  async #question(stream: Stream, waitMs: number): Promise<Pick<Question, 'question' | 'traceparent'>> {
    using limit = deadline(this.#deps.clock, waitMs)
    const { type, payload } = await readFrame(stream, limit.signal)
    if (type !== FRAME.question) throw new LunarError('BAD_MESSAGE', 'a frame that is no question', { detail: { type } })
    const { question, traceparent } = parseBytes(questionHead, payload)
    return { question, traceparent }
  }

  /** Never rejects. @returns false after an error, which ends the stream */
  async #answer(stream: Stream, connection: Connection, question: Omit<Question, 'channel'>, gone: AbortSignal): Promise<boolean> {
    try {
      const session = await this.greetings.shown(connection)
      if (this.#stop.signal.aborted) throw new LunarError('INTERRUPTED', 'the peer is about to stop')
      writeFrame(stream, FRAME.answer, await this.#dispatched({ session, signal: gone, body: emptyBody }, question))
      return true
    } catch (error) {
      await this.#refuse(stream, question.exchange, error, gone)
      return false
    }
  }

  /** Says why, unless the asker has gone, and ends the stream. Never rejects. */
  async #refuse(stream: Stream, exchange: string, error: unknown, gone: AbortSignal): Promise<void> {
    if (gone.aborted) return
    using limit = deadline(this.#deps.clock, NET_LIMITS.headMs)
    try {
      if (error instanceof LunarError) await sendFrame(stream, FRAME.error, encodeError(error), limit.signal)
      else stream.abort(error instanceof Error ? error : new Error('answer failed', { cause: error }))
    } catch (cause) {
      this.#deps.log.debug('answer not sent', { exchange, error: cause })
    }
  }

  async #dispatched(asked: Asked, question: Omit<Question, 'channel'>): Promise<Uint8Array> {
    try {
      const { answer, body } = await dispatch(asked, { ...question, channel: 'control' }, this.#deps)
      if (body) throw new Error('a control answer has no body')
      return encodeHead({ answer, body: false }, LIMITS.controlMessageBytes)
    } catch (error) {
      throw toLunarError(error, asked, question.exchange, this.#deps.log)
    }
  }

  #track<T>(answering: Promise<T>): Promise<T> {
    const tracked = answering.finally(() => this.#answering.delete(tracked))
    this.#answering.add(tracked)
    return tracked
  }
}

const OVER = Symbol('over')

/** The asker has ended the stream, or asked nothing for too long: it is told nothing. */
function unlessOver(error: unknown): typeof OVER {
  if (hasCode(error, 'INTERRUPTED', 'TIMEOUT')) return OVER
  throw error
}

function streamError(error: unknown, exchange: string): LunarError {
  if (error instanceof LunarError) return error
  if (error instanceof Error && error.name === 'UnsupportedProtocolError')
    return new LunarError('UNKNOWN_EXCHANGE', 'the peer does not serve this exchange', { cause: error, detail: { exchange } })
  return new LunarError('INTERRUPTED', 'the stream to the peer ended', { cause: error, detail: { exchange } })
}
