/**
 * store: verify key and record → take up the upload → append → check the address → publish → enter → receipt.
 *
 * Nothing is answered with a receipt, or visible to anybody, before the shard and its record are durable.
 *
 * @module
 */
import { documentId, openDocument, SEGMENT_RECORD, type Reservation, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import type { AddressHasher } from '@lunarx/core/merkle'
import { equalBytes, hasCode, hexOf, LunarError } from '@lunarx/core/model'
import type { Asked, Body } from '@lunarx/net/peers'
import type { Counter } from '@lunarx/runtime/metrics'
import { deadline } from '@lunarx/runtime/tasks'
import type { AnswerOf, QuestionOf, store, storeProgress, storeRelease } from '@lunarx/wire'
import type { Catalog } from '../catalog/index.ts'
import { openReservation, reservationName, signReceipt, type Held, type KeyDeps, type Reservations } from '../reserve/index.ts'
import type { ShardStore } from '../store/index.ts'
import type { Transfers } from '../transfers.ts'
import { appendBody } from './append.ts'

export interface ReceiveDeps extends KeyDeps {
  /** Name of the network. */
  readonly network: string
  readonly catalog: Catalog
  readonly reservations: Reservations
  readonly store: ShardStore
  readonly storedBytes: Counter
  readonly transfers: Transfers
}

interface Storing {
  readonly stop: AbortController
  readonly done: Promise<unknown>
}

export class Receiver {
  readonly #deps: ReceiveDeps
  readonly #storing = new Map<string, Storing>()

  constructor(deps: ReceiveDeps) {
    this.#deps = deps
  }

  /** @throws {LunarError} RESERVATION_INVALID */
  async progress({ key }: QuestionOf<typeof storeProgress>, { session }: Asked): Promise<AnswerOf<typeof storeProgress>> {
    const reservation = openReservation(key, session.peer, this.#deps)
    if (await this.#isStored(reservation)) return { receivedBytes: reservation.sizeBytes, receipt: signReceipt(reservation, this.#deps) }
    return { receivedBytes: this.#requireHeld(reservation).receivedBytes, receipt: null }
  }

  /**
   * @throws {LunarError} RESERVATION_INVALID, TOMBSTONED, BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK; INTERRUPTED (go on at `receivedBytes`),
   * BAD_ADDRESS (begin again), FULL, STORE_FAILED, STOPPING
   */
  async store({ key, record, offset }: QuestionOf<typeof store>, { session, body, signal }: Asked): Promise<AnswerOf<typeof store>> {
    const { catalog, transfers } = this.#deps
    transfers.refuseWhenStopping()
    using _ = transfers.enter()
    const reservation = openReservation(key, session.peer, this.#deps)
    const set = openRecord(record, reservation, this.#deps)
    if (await catalog.isBuried(reservation.segment, set.owner)) throw new LunarError('TOMBSTONED', 'the owner has deleted the set')
    if (!(await catalog.has(reservation)))
      await this.#alone(reservation, signal, (held, stop) =>
        this.#receive(held, set, record, offset, body, stop).catch((error: unknown) => this.#giveRoomBack(held, error)),
      )
    return { receipt: signReceipt(reservation, this.#deps) }
  }

  /**
   * The room of a reservation is given back, what arrived of the shard goes, whoever is still storing it is stopped. A shard that is
   * durable already stays.
   * @throws {LunarError} RESERVATION_INVALID: the key was given to another peer
   */
  async release({ key }: QuestionOf<typeof storeRelease>, { session }: Asked): Promise<AnswerOf<typeof storeRelease>> {
    const reservation = openReservation(key, session.peer, this.#deps)
    const name = reservationName(reservation, this.#deps.crypto)
    await this.#stop(name, 'the reservation was given back')
    const held = this.#deps.reservations.find(name)
    if (held) await this.#deps.reservations.giveUp(held)
    return {}
  }

  /** Breaks off what is being stored; what arrived of it is durable when this resolves, and clients are told where to go on. */
  async stop(): Promise<void> {
    await Promise.all([...this.#storing.keys()].map((name) => this.#stop(name, 'the provider stops')))
  }

  /** True if the very shard that the reservation names is durable here. */
  async #isStored({ segment, index, address }: Reservation): Promise<boolean> {
    if (!(await this.#deps.catalog.has({ segment, index }))) return false
    await using shard = await this.#deps.store.open({ segment, index })
    const stored = shard?.record.addresses[index]
    return stored !== undefined && equalBytes(stored, address)
  }

  async #receive(held: Held, set: SegmentRecord, record: SignedDocument, offset: number, body: Body, signal: AbortSignal): Promise<void> {
    const { store: shards, storedBytes } = this.#deps
    let hasher: AddressHasher
    {
      await using upload = await shards.openUpload(held.name)
      hasher = await appendBody(held, upload, offset, body, signal, this.#deps)
    }
    if (!equalBytes(hasher.digest(), held.reservation.address)) {
      await this.#startOver(held)
      throw new LunarError('BAD_ADDRESS', 'the bytes do not hash to the address of the shard', {
        detail: { index: held.reservation.index },
      })
    }
    await this.#publish(held, set, record, hasher)
    storedBytes.add(held.reservation.sizeBytes)
  }

  /** The shard and its entry become durable together with the end of the reservation. */
  async #publish(held: Held, set: SegmentRecord, record: SignedDocument, hasher: AddressHasher): Promise<void> {
    const { catalog, reservations, store: shards } = this.#deps
    const { segment, index, sizeBytes } = held.reservation
    await catalog.inTurn(hexOf(segment), async () => {
      if (await catalog.isBuried(segment, set.owner)) throw new LunarError('TOMBSTONED', 'the owner has deleted the set')
      if (await catalog.has({ segment, index })) return reservations.giveUp(held)
      await catalog.refuseSecond({ segment, index }).catch(async (error: unknown) => {
        await reservations.giveUp(held) // placements of two trackers crossed: the later shard goes elsewhere
        throw error
      })
      await catalog.unmark()
      await shards.publish(held.name, { segment, index }, { sizeBytes, record, leafHashes: hasher.leafHashes() })
      try {
        await reservations.settle(held, async (removal) => {
          await catalog.add({ segment, index }, set, removal)
          return 'stored'
        })
      } catch (error) {
        await shards.remove({ segment, index })
        await this.#startOver(held)
        throw error
      }
    })
  }

  /** On a full volume what arrived goes again: an upload is what can be sent once more, shards and index are not. @throws the error */
  async #giveRoomBack(held: Held, error: unknown): Promise<never> {
    if (hasCode(error, 'FULL')) await this.#startOver(held)
    throw error
  }

  async #startOver(held: Held): Promise<void> {
    held.receivedBytes = 0
    await this.#deps.store.removeUpload(held.name)
    await this.#deps.reservations.checkpoint(held, 0)
  }

  /** One at a time for a reservation: whoever comes later takes the upload over, since the earlier connection is dead or unwanted. */
  async #alone(reservation: Reservation, outer: AbortSignal, work: (held: Held, signal: AbortSignal) => Promise<void>): Promise<void> {
    const name = reservationName(reservation, this.#deps.crypto)
    await this.#stop(name, 'the upload was taken over by a later connection')
    if (await this.#deps.catalog.has(reservation)) return
    const held = this.#requireHeld(reservation)
    const stop = new AbortController()
    const onAbort = (): void => stop.abort(outer.reason)
    outer.addEventListener('abort', onAbort, { once: true })
    using limit = deadline(this.#deps.clock, held.reservation.expiresMs - this.#deps.clock.now(), stop.signal)
    held.isStoring = true
    const done = work(held, limit.signal).finally(() => {
      outer.removeEventListener('abort', onAbort)
      held.isStoring = false
      held.usedMs = this.#deps.clock.elapsed()
      this.#storing.delete(name)
    })
    this.#storing.set(name, { stop, done })
    await done
  }

  /** Resolves when nobody stores under the reservation any more. */
  async #stop(name: string, why: string): Promise<void> {
    for (let storing = this.#storing.get(name); storing; storing = this.#storing.get(name)) {
      storing.stop.abort(new LunarError('INTERRUPTED', why))
      await storing.done.catch(() => undefined)
    }
  }

  #requireHeld(reservation: Reservation): Held {
    const held = this.#deps.reservations.find(reservationName(reservation, this.#deps.crypto))
    if (!held || held.reservation.expiresMs <= this.#deps.clock.now())
      throw new LunarError('RESERVATION_INVALID', 'the reservation has expired or was used up')
    return held
  }
}

/** The record, if it is its owner's and says of this shard what the reservation says. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK, RESERVATION_INVALID */
function openRecord(document: SignedDocument, reservation: Reservation, { network, crypto }: ReceiveDeps): SegmentRecord {
  const record = openDocument(SEGMENT_RECORD, document, ({ owner }) => owner, crypto)
  if (record.network !== network)
    throw new LunarError('UNKNOWN_NETWORK', 'the record is of another network', { detail: { network: record.network } })
  const address = record.addresses[reservation.index]
  const isReserved =
    equalBytes(documentId(SEGMENT_RECORD, document, crypto), reservation.segment) &&
    record.shardBytes === reservation.sizeBytes &&
    address !== undefined &&
    equalBytes(address, reservation.address)
  if (!isReserved)
    throw new LunarError('RESERVATION_INVALID', 'the record is not of the shard that was reserved', {
      detail: { index: reservation.index },
    })
  return record
}
