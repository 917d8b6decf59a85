/**
 * What a role sees of the network: ask a peer, answer peers. Over libp2p and the TLS data channel in pods, simulated in `World`.
 *
 * Both sides have proved their peer id and shown a credential of the network before any handler runs; connections of others are
 * refused with CREDENTIAL_REQUIRED. The roles that may ask are checked by the exchange.
 *
 * @module
 */
import type { Credential, PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import type { Exchange } from '@lunarx/wire'
import type { Directory } from './directory.ts'

/**
 * Chunks of any size on their way out, of at most 1 MiB on their way in. The consumer's pace is the producer's pace. Ending early
 * (return) closes the exchange.
 *
 * The memory of a chunk is lent until the next one is asked for (or return is called), in both directions: until then the producer
 * leaves it as it is, afterwards the producer may fill it anew, and the consumer, who has used or copied it by then, finds other
 * bytes in it. So a producer needs one buffer for a body of any length, and the network receives into a few that it keeps.
 */
export type Body = AsyncIterable<Uint8Array>

export interface AskOptions {
  readonly signal?: AbortSignal
  /** Data channel only. */
  readonly body?: Body
  /** For the head of the answer; default: that of the exchange. Milliseconds. */
  readonly timeoutMs?: number
}

export interface Answered<A> {
  readonly answer: A
  /** Empty when the answer has none. Consume it or return() it: it holds a connection. */
  readonly body: Body
  /** Who answered. */
  readonly session: Session
}

export interface Session {
  readonly peer: PeerId
  readonly credential: Credential
}

export interface Asked {
  /** Who asks. */
  readonly session: Session
  readonly body: Body
  /** Aborted when the asker goes away or the peer is disposed. */
  readonly signal: AbortSignal
}

/** An answer followed by bytes. */
export class WithBody<A> {
  readonly answer: A
  readonly body: Body
  constructor(answer: A, body: Body) {
    this.answer = answer
    this.body = body
  }
}

export type Handler<Q, A> = (question: Q, asked: Asked) => Promise<A | WithBody<A>>

export interface Peers extends AsyncDisposable {
  readonly self: PeerId
  /** This peer's own credential. */
  readonly credential: Credential
  /** Undefined: the network has none. */
  readonly directory?: Directory | undefined
  /**
   * @throws {LunarError} whatever the peer's handler threw (by code); PEER_UNREACHABLE, TIMEOUT, INTERRUPTED, WRONG_PEER,
   * CREDENTIAL_REQUIRED, ABORTED
   */
  ask<Q, A>(to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options?: AskOptions): Promise<Answered<A>>
  /** Registers the answer to an exchange; at most one handler each. */
  answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void
}
