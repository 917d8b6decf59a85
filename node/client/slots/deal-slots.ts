/**
 * deal: ask each tracker which slots it has no keys for, naming a set → check against the epoch → sign → deal.
 *
 * So trackers can sweep the owner's watermarks: each learns places and codes of its own slots and of no others. Nothing hangs on it: a
 * tracker without keys asks for leaves only, and the next put deals again.
 *
 * @module
 */
import { SLOT_KEYS } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { signDocument, type SignedDocument } from '@lunarx/core/document'
import type { OwnerKeys } from '@lunarx/core/keys'
import type { NetworkConfig, PeerId } from '@lunarx/core/membership'
import { equalBytes, LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { dealSlots, OWNERS_ASKED, slotsWanted, type AnswerOf } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import type { Epochs } from '../rows/index.ts'

const TIMEOUT_MS = 5_000
/** A client that goes on putting looks again after this time: trackers may have lost keys, or slots may have moved. */
const AGAIN_MS = 10 * 60_000

export interface SlotDealerDeps {
  readonly network: NetworkConfig
  readonly peers: Peers
  readonly epochs: Pick<Epochs, 'current' | 'refresh'>
  readonly clock: Clock
  readonly crypto: CryptoEngine
  readonly log: Log
  /** Aborted when the client is closed. */
  readonly lifetime: AbortSignal
}

type Wanted = AnswerOf<typeof slotsWanted>['wanted']

export class SlotDealer {
  readonly #deps: SlotDealerDeps
  #nextMs = Number.NEGATIVE_INFINITY
  #dealing: Promise<void> = Promise.resolve()

  constructor(deps: SlotDealerDeps) {
    this.#deps = deps
  }

  /** After a put: in the background, now and then. @param keys of the present generation @param set that was put with them */
  start(keys: OwnerKeys, set: Uint8Array | undefined): void {
    const { network, clock, log, lifetime } = this.#deps
    if (!network.audit || clock.elapsed() < this.#nextMs) return
    this.#nextMs = clock.elapsed() + AGAIN_MS
    this.#dealing = this.#deal(keys, set).catch((error: unknown) => {
      if (lifetime.aborted) return
      if (!(error instanceof LunarError)) throw error
      log.info('slot keys were not dealt to all trackers', { error })
    })
  }

  /** Nothing is under way any more. */
  async settle(): Promise<void> {
    await this.#dealing
  }

  async #deal(keys: OwnerKeys, set: Uint8Array | undefined): Promise<void> {
    const results = await Promise.allSettled(this.#deps.network.trackers.map((tracker) => this.#dealTo(tracker, keys, set)))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  async #dealTo(tracker: PeerAddress, keys: OwnerKeys, set: Uint8Array | undefined): Promise<void> {
    const { peers, lifetime: signal } = this.#deps
    const options = { signal, timeoutMs: TIMEOUT_MS }
    const generations = generationsOf(keys)
    const { answer, session, body } = await peers.ask(
      tracker,
      slotsWanted,
      { owners: generations.map(({ identity }) => identity.publicKey), set },
      options,
    )
    for await (const _ of body); // empty: reading its end gives the connection back
    const wanted = answer.wanted.length > 0 ? await this.#rightful(answer.wanted, session.peer) : []
    const documents = wanted.flatMap(({ owner, slot }) => {
      const generation = generations.find(({ identity }) => equalBytes(identity.publicKey, owner))
      return generation ? [this.#sign(generation, slot, session.peer)] : []
    })
    if (documents.length > 0) await answerOf(peers, { ...tracker, peer: session.peer }, dealSlots, { keys: documents }, options)
  }

  /** Only what the network's epoch says is that tracker's. */
  async #rightful(wanted: Wanted, tracker: PeerId): Promise<Wanted> {
    const { epochs, lifetime } = this.#deps
    const { trackerSlots } = await epochs.current(lifetime)
    const isRightful = ({ slot }: Wanted[number], slots: readonly PeerId[]): boolean => slots[slot] === tracker
    if (wanted.every((one) => isRightful(one, trackerSlots))) return wanted
    const newer = await epochs.refresh(lifetime)
    return wanted.filter((one) => isRightful(one, newer.trackerSlots))
  }

  #sign({ identity, slots }: OwnerKeys, slot: number, tracker: PeerId): SignedDocument {
    const { network, clock } = this.#deps
    const keys = slots[slot]
    if (!keys) throw new LunarError('BAD_MESSAGE', 'a tracker wants a slot that there is not', { detail: { slot } })
    const value = { network: network.network, owner: identity.publicKey, tracker, slot, positionKey: keys.position, codeKey: keys.code }
    return signDocument(SLOT_KEYS, { ...value, dealtMs: Math.floor(clock.now()) }, identity)
  }
}

/** The newest first: those whose sets are still read. */
const generationsOf = (keys: OwnerKeys): OwnerKeys[] =>
  Array.from({ length: Math.min(OWNERS_ASKED, keys.generation + 1) }, (_, back) => keys.at(keys.generation - back))
