/**
 * One peer of a simulated network: asks by calls over the network, answers by its handlers.
 *
 * @module
 */
import type { Credential, PeerId, SignedCredential } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import { noTracer, type TraceParent } from '@lunarx/runtime/tracing'
import type { Exchange } from '@lunarx/wire'
import type { DispatchDeps } from '../answering/dispatch.ts'
import { Handlers } from '../answering/handlers.ts'
import type { Directory } from '../peers/directory.ts'
import { askTraced } from '../answering/traced.ts'
import type { Answered, AskOptions, Handler, Peers, Session } from '../peers/peers.ts'
import type { Membership } from '../session/membership.ts'

export interface SimulatedPeersDeps extends Pick<DispatchDeps, 'log' | 'count' | 'tracer'> {
  readonly membership: Membership
  ask<Q, A>(
    from: SimulatedPeers,
    to: PeerAddress,
    exchange: Exchange<Q, A>,
    question: Q,
    options: AskOptions,
    traceparent: TraceParent | undefined,
  ): Promise<Answered<A>>
  /** Takes the peer off the network and breaks its calls. */
  leave(peers: SimulatedPeers): void
}

export class SimulatedPeers implements Peers {
  /** Name that others reach it by: PeerAddress.host. */
  readonly host: string
  directory: Directory | undefined
  readonly #deps: SimulatedPeersDeps
  readonly #handlers = new Handlers()
  /** Credentials of others that were judged once: afterwards only their expiry changes. */
  readonly #sessions = new WeakMap<SignedCredential, Session>()
  #state: 'open' | 'closed' | 'dead' = 'open'

  constructor(host: string, deps: SimulatedPeersDeps) {
    this.host = host
    this.#deps = deps
  }

  get self(): PeerId {
    return this.#deps.membership.identity.peer
  }

  get credential(): Credential {
    return this.#deps.membership.credential
  }

  /** False once its machine has lost its power: none of its code runs any more. */
  get isAlive(): boolean {
    return this.#state !== 'dead'
  }

  ask<Q, A>(to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options: AskOptions = {}): Promise<Answered<A>> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'open')
        askTraced(this.#deps.tracer ?? noTracer, exchange.name, (traceparent) =>
          this.#deps.ask(this, to, exchange, question, options, traceparent),
        ).then(
          (answered) => this.isAlive && resolve(answered),
          (error: unknown) => this.isAlive && reject(error),
        )
      else if (this.isAlive) reject(new LunarError('ABORTED', 'the peer is closed'))
    })
  }

  answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
    this.#handlers.add(exchange, handler)
  }

  /**
   * The other side of a connection, as this peer judges it by its own clock.
   * @throws {LunarError} CREDENTIAL_REQUIRED, CREDENTIAL_EXPIRED
   */
  admit(other: SimulatedPeers): Session {
    const { membership } = this.#deps
    const shown = other.#deps.membership.document
    const session = this.#sessions.get(shown) ?? membership.judge(shown, other.self)
    membership.assertCurrent(session)
    this.#sessions.set(shown, session)
    return session
  }

  get dispatchDeps(): DispatchDeps {
    return { ...this.#deps, handlers: this.#handlers }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#deps.leave(this)
  }

  /** Its machine has lost its power. */
  kill(): void {
    this.#state = 'dead'
    this.#deps.leave(this)
  }
}
