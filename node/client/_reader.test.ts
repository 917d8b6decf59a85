/**
 * For tests: the parts of a client that read and store sets, over peers that count what moves and may be made to lie.
 *
 * @module
 */
import { encodeBytes } from '@lunarx/core/document'
import { ownerKeys } from '@lunarx/core/keys'
import type { PeerAddress } from '@lunarx/core/model'
import type { Answered, AskOptions, Body, Peers } from '@lunarx/net/peers'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import type { Exchange } from '@lunarx/wire'
import { disguised } from '../../test/fleet/disguised.ts'
import { OWNER, type Fleet } from './_fleet.test.ts'
import { RecentFailures } from './failures.ts'
import { DamageReports, Pace } from './get/index.ts'
import { Trackers } from './trackers/index.ts'

/** What became of an answer on its way to the client. */
export type Meddle = (
  to: PeerAddress,
  exchange: string,
  answered: Answered<unknown>,
  options: AskOptions,
) => Answered<unknown> | Promise<Answered<unknown>>

/** Peers of a client: all that moves is counted, answers are meddled with before the client sees them. */
export class MeddledPeers {
  readonly peers: Peers
  /** Encoded heads and bodies, both ways. */
  movedBytes = 0
  /** Hosts asked, by exchange, in order. */
  readonly asked: { readonly exchange: string; readonly host: string }[] = []
  meddle: Meddle = (_to, _exchange, answered) => answered

  constructor(peers: Peers) {
    this.peers = disguised(peers, { ask: (to, exchange, question, options) => this.#ask(peers, to, exchange, question, options) })
  }

  async #ask<Q, A>(peers: Peers, to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options: AskOptions = {}): Promise<Answered<A>> {
    this.asked.push({ exchange: exchange.name, host: to.host })
    this.movedBytes += encodeBytes(question).length
    const answered = await peers.ask(to, exchange, question, options)
    this.movedBytes += encodeBytes(answered.answer).length
    const counted = { ...answered, body: this.#counted(answered.body) }
    return (await this.meddle(to, exchange.name, counted, options)) as Answered<A>
  }

  async *#counted(body: Body): Body & AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.movedBytes += chunk.length
      yield chunk
    }
  }
}

/** The deps of put and get, as the composition root makes them. */
export function readerOf(fleet: Fleet, name: string) {
  const { platform, peers } = fleet.machines.machine(name, 'client')
  const { clock, random, crypto, erasure, log } = platform
  const meddled = new MeddledPeers(peers)
  const network = fleet.machines.config
  const failures = new RecentFailures(clock)
  const trackers = new Trackers({ network, peers: meddled.peers, clock, random, crypto, failures })
  const keys = ownerKeys(OWNER, nodeCrypto)
  const reports = new DamageReports({ trackers, log, lifetime: new AbortController().signal })
  const deps = { network, peers: meddled.peers, clock, random, crypto, erasure, log, keys, failures, trackers, pace: new Pace(), reports }
  return { meddled, deps }
}
