/**
 * The handlers of a peer, by the name of their exchange.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Exchange } from '@lunarx/wire'
import type { Handler } from '../peers/peers.ts'

interface Entry {
  readonly exchange: Exchange<unknown, unknown>
  readonly handler: Handler<unknown, unknown>
}

export class Handlers {
  readonly #entries = new Map<string, Entry>()
  readonly #isStarted: () => boolean

  /** @param isStarted true once every handler has been added */
  constructor(isStarted: () => boolean = () => true) {
    this.#isStarted = isStarted
  }

  /** @throws {Error} a second handler for an exchange: a mistake of the composition */
  add<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
    if (this.#entries.has(exchange.name)) throw new Error(`a second handler for the exchange ${exchange.name}`)
    this.#entries.set(exchange.name, { exchange, handler } as unknown as Entry)
  }

  /** @throws {LunarError} UNKNOWN_EXCHANGE; PEER_UNREACHABLE while the peer starts: whoever asks tries again */
  get(name: string, channel: Exchange<unknown, unknown>['channel']): Entry {
    const entry = this.#entries.get(name)
    if (entry?.exchange.channel === channel) return entry
    if (!this.#isStarted()) throw new LunarError('PEER_UNREACHABLE', 'the peer is starting', { detail: { exchange: name } })
    throw new LunarError('UNKNOWN_EXCHANGE', 'the peer does not serve this exchange', { detail: { exchange: name, channel } })
  }
}
