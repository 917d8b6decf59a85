/**
 * Opens the real network of a peer: libp2p for control exchanges, TLS for data exchanges, one identity and credential for both, and
 * the directory where the network has one.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { Credential, NetworkConfig, PeerId } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Multiaddr } from '@multiformats/multiaddr'
import { noTracer, type Clock, type Log, type Metrics, type Random, type Tracer } from '@lunarx/runtime'
import type { Exchange } from '@lunarx/wire'
import { abortError } from './abort.ts'
import { type CountExchange, type DispatchDeps, exchangeCounter } from './answering/dispatch.ts'
import { Handlers } from './answering/handlers.ts'
import { askTraced } from './answering/traced.ts'
import { askOverData } from './channel/ask.ts'
import { DataListener } from './channel/listen.ts'
import { Pool } from './channel/pool.ts'
import { Control } from './control/control.ts'
import { addressOf, boundPort, startHost } from './control/host.ts'
import { dataAddressOf } from './directory/addresses.ts'
import { KadDirectory } from './directory/kad.ts'
import type { Directory } from './peers/directory.ts'
import type { Answered, AskOptions, Handler, Peers } from './peers/peers.ts'
import { Membership, type MembershipInit } from './session/membership.ts'
import { makePeerCertificate } from './tls/peer-certificate.ts'

export interface NetDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  /** Unset: nothing is traced. */
  readonly tracer?: Tracer | undefined
  readonly crypto: CryptoEngine
}

export interface OpenPeersInit extends MembershipInit {
  /** Undefined: a client, which is not asked. Ports: 0 takes any free one. */
  readonly listen?: { readonly host: string; readonly controlPort: number; readonly dataPort: number } | undefined
  /**
   * True once every handler has been registered. Until then a question that nobody answers gets the retryable PEER_UNREACHABLE
   * instead of UNKNOWN_EXCHANGE. Default: always true.
   */
  readonly isStarted?: () => boolean
  /** Where others reach this peer, if that is not where it listens. */
  readonly advertised?: PeerAddress | undefined
  /** Unset: the peer takes no part in the directory. */
  readonly directory?: NetworkConfig['directory']
}

export interface RealPeers extends Peers {
  /** The ports that are open; undefined for a client. */
  readonly ports: { readonly controlPort: number; readonly dataPort: number } | undefined
}

/** Resolves when the peer listens. @throws {LunarError} BAD_CONFIG: a port cannot be had */
export async function openPeers(init: OpenPeersInit, deps: NetDeps): Promise<RealPeers> {
  const { identity, listen } = init
  const membership = new Membership(init, deps.clock, deps.crypto)
  const certificate = makePeerCertificate(identity, deps.clock, deps.random)
  const dispatching: DispatchDeps = {
    handlers: new Handlers(init.isStarted),
    membership,
    log: deps.log,
    count: exchangeCounter(deps.metrics, 'answer'),
    tracer: deps.tracer,
  }
  await using opened = new AsyncDisposableStack()
  let dataPort: number | undefined
  if (listen) {
    const listener = opened.use(new DataListener({ ...dispatching, clock: deps.clock, crypto: deps.crypto, certificate }))
    dataPort = await listener.listen({ host: listen.host, port: listen.dataPort })
  }
  const pool = opened.use(new Pool({ ...deps, certificate, membership }))
  let parts: KadDHTComponents | undefined
  const host = await startHost({
    identity,
    listen: listen && { host: listen.host, port: listen.controlPort },
    announce: announcedBy(init, dataPort),
    onParts: init.directory && ((given) => (parts = given)),
  })
  const control = opened.use(new Control({ ...dispatching, clock: deps.clock, host }))
  await control.start()
  const directory = parts && opened.use(new KadDirectory({ ...deps, host, parts, control, membership, networkKey: init.networkKey }))
  await directory?.start()
  const count = exchangeCounter(deps.metrics, 'ask')
  return new SocketPeers({
    membership,
    handlers: dispatching.handlers,
    control,
    pool,
    clock: deps.clock,
    count,
    tracer: deps.tracer ?? noTracer,
    ports: listen && dataPort !== undefined ? { controlPort: boundPort(host) ?? listen.controlPort, dataPort } : undefined,
    directory,
    opened: opened.move(),
  })
}

/** Where others reach this peer beside where its host listens; the directory passes the data port on too. */
function announcedBy({ listen, advertised, directory }: OpenPeersInit, dataPort: number | undefined): Multiaddr[] {
  const control = advertised ? [addressOf(advertised.host, advertised.controlPort)] : []
  if (!directory || !listen || dataPort === undefined) return control
  return [...control, dataAddressOf(advertised?.host ?? listen.host, advertised?.dataPort ?? dataPort)]
}

interface Parts {
  readonly membership: Membership
  readonly handlers: Handlers
  readonly control: Control
  readonly pool: Pool
  readonly clock: Clock
  readonly count: CountExchange
  readonly tracer: Tracer
  readonly ports: RealPeers['ports']
  readonly directory: Directory | undefined
  readonly opened: AsyncDisposableStack
}

class SocketPeers implements RealPeers {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get self(): PeerId {
    return this.#parts.membership.identity.peer
  }

  get credential(): Credential {
    return this.#parts.membership.credential
  }

  get directory(): Directory | undefined {
    return this.#parts.directory
  }

  get ports(): RealPeers['ports'] {
    return this.#parts.ports
  }

  async ask<Q, A>(to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options: AskOptions = {}): Promise<Answered<A>> {
    const { control, count, tracer } = this.#parts
    try {
      const answered = await askTraced(tracer, exchange.name, (traceparent) =>
        exchange.channel === 'data'
          ? askOverData(to, exchange, question, { ...options, traceparent }, this.#parts)
          : control.ask(to, exchange, question, { ...options, traceparent }),
      )
      count(exchange.name, 'OK')
      return answered
    } catch (error) {
      const known = options.signal?.aborted ? abortError(options.signal) : error
      count(exchange.name, known instanceof LunarError ? known.code : 'THROWN')
      throw known
    }
  }

  answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
    this.#parts.handlers.add(exchange, handler)
    if (exchange.channel === 'control') this.#parts.control.serve(exchange.name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.opened[Symbol.asyncDispose]()
  }
}
