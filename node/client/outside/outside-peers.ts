/**
 * The network as it is seen from outside of its cluster: peers are named as inside, in records, epochs and manifests, and reached where
 * the {@link AddressBook} says.
 *
 * @module
 */
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Answered, AskOptions, Handler, Peers } from '@lunarx/net/peers'
import type { Exchange } from '@lunarx/wire'
import { isAway } from '../trackers/index.ts'
import { AddressBook, type AddressBookDeps } from './address-book.ts'

/** Closes `peers` when it is closed. */
export class OutsidePeers implements Peers {
  readonly #peers: Peers
  readonly #book: AddressBook

  constructor(deps: AddressBookDeps) {
    this.#peers = deps.peers
    this.#book = new AddressBook(deps)
  }

  get self(): Peers['self'] {
    return this.#peers.self
  }

  get credential(): Peers['credential'] {
    return this.#peers.credential
  }

  async ask<Q, A>(to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options: AskOptions = {}): Promise<Answered<A>> {
    const at = await this.#book.find(to.host, options.signal ?? new AbortController().signal)
    if (at === undefined)
      throw new LunarError('PEER_UNREACHABLE', 'the peer is not reached from outside of its cluster', { detail: { host: to.host } })
    try {
      return await this.#peers.ask({ ...to, ...at }, exchange, question, options)
    } catch (error) {
      if (error instanceof LunarError && isAway(error)) this.#book.doubt(to.host)
      throw error
    }
  }

  answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
    this.#peers.answer(exchange, handler)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peers[Symbol.asyncDispose]()
  }
}
