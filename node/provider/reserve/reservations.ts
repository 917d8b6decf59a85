/**
 * Live reservations: durable, so that a restart neither forgets room that was promised nor keeps room that nobody wants.
 *
 * Holds exactly the bytes of its entries in {@link Capacity}, from the moment before they are promised until they are stored, expired
 * or refused.
 *
 * @module
 */
import { encodeBytes, parseBytes, reservationSchema, type Reservation } from '@lunarx/core/document'
import { count, equalBytes, hasCode, LunarError, publicKey, textOf, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { InTurn } from '@lunarx/runtime/tasks'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Catalog, FoundSet } from '../catalog/catalog.ts'
import type { ShardKey, ShardStore } from '../store/index.ts'
import type { Capacity } from './capacity.ts'
import type { Party, Quota } from './quota.ts'

const PREFIX = 'r/'
const AFTER_PREFIX = 'r0'
/** `owner` null: nobody's quota binds it. */
const kept = z.object({ reservation: reservationSchema, syncedBytes: count, owner: publicKey.nullable() })

/** A reservation that is not stored yet. */
export interface Held {
  readonly name: string
  reservation: Reservation
  /** Whose quota it counts for; null: nobody's. */
  readonly party: Party | null
  /** Bytes that arrived: where `store` goes on. */
  receivedBytes: number
  /** Bytes that survive a crash. */
  syncedBytes: number
  /** Somebody is storing: it does not expire meanwhile. */
  isStoring: boolean
  /** Promised, renewed or stored under most recently; elapsed milliseconds. */
  usedMs: number
}

/** The change of the index that forgets a reservation. */
export interface Removal {
  readonly remove: Uint8Array
}

export interface ReservationDeps {
  readonly index: KeyValueStore
  readonly store: ShardStore
  readonly catalog: Pick<Catalog, 'has' | 'add'>
  readonly capacity: Capacity
  readonly quota: Quota
  readonly clock: Clock
  /** Bytes that shards may still take of the volume or backend. */
  readonly freeBytes: () => Promise<number>
}

/**
 * What there is for new reservations, in terms of {@link Reservations}: read of the volume or backend once, when the first of those that
 * are asked for together needs it.
 */
export type RoomReading = () => Promise<number>

const keyOf = (name: string): Uint8Array => utf8(PREFIX + name)

export class Reservations {
  readonly #deps: ReservationDeps
  readonly #held = new Map<string, Held>()
  readonly #turns = new InTurn()
  /** On their way to being live. */
  #taking = 0
  /** Bytes that were ever reserved since the start, without those that were refused. */
  #takenBytes = 0

  private constructor(deps: ReservationDeps) {
    this.#deps = deps
  }

  /** Takes up what a start before this one left; of shards that are here already nothing is reserved, uploads that no reservation needs go. */
  static async open(deps: ReservationDeps): Promise<Reservations> {
    const reservations = new Reservations(deps)
    const entries = await deps.index.scan({ from: utf8(PREFIX), until: utf8(AFTER_PREFIX), limit: PROVIDER_LIMITS.reservations })
    for (const { key, value } of entries) {
      const { reservation, syncedBytes, owner } = parseBytes(kept, value)
      const name = textOf(key).slice(PREFIX.length)
      // the crash came when the file had its place and the index did not know it yet: the file was found, and counts
      if (await deps.catalog.has(reservation)) {
        await deps.index.write([{ remove: key }])
        continue
      }
      const party = owner && { peer: reservation.client, owner }
      reservations.#held.set(name, {
        name,
        reservation,
        party,
        syncedBytes,
        receivedBytes: 0,
        isStoring: false,
        usedMs: deps.clock.elapsed(),
      })
      deps.capacity.restoreReserved(reservation.sizeBytes)
      if (party) deps.quota.restore(party, reservation.sizeBytes)
    }
    const uploads = await deps.store.uploads()
    for (const name of uploads) if (!reservations.#held.has(name)) await deps.store.removeUpload(name)
    for (const held of reservations.#held.values()) if (uploads.includes(held.name)) await reservations.#resume(held)
    return reservations
  }

  /** Live ones. */
  get count(): number {
    return this.#held.size
  }

  /** Bytes that are reserved and have not arrived. */
  get outstandingBytes(): number {
    let receivedBytes = 0
    for (const held of this.#held.values()) receivedBytes += held.receivedBytes
    return this.#deps.capacity.reservedBytes - receivedBytes
  }

  find(name: string): Held | undefined {
    return this.#held.get(name)
  }

  /**
   * Holds room, or renews what is held already; durable when it resolves.
   * @param party whose quota it counts for; null: nobody's
   * @param room shared by those that are asked for together
   * @throws {LunarError} FULL, QUOTA_EXCEEDED, TOO_MANY_REQUESTS, STORE_FAILED: then nothing is held
   */
  async hold(name: string, reservation: Reservation, party: Party | null, room: RoomReading = this.readRoom()): Promise<void> {
    return this.#turns.run(name, async () => {
      const before = this.#held.get(name)
      if (before && !isSame(before.reservation, reservation))
        throw new LunarError('RESERVATION_INVALID', 'another shard of this name is reserved', { detail: { index: reservation.index } })
      if (before) {
        await this.#keep({ ...before, reservation })
        before.reservation = reservation
        before.usedMs = this.#deps.clock.elapsed()
        return
      }
      const held = { name, reservation, party, receivedBytes: 0, syncedBytes: 0, isStoring: false, usedMs: this.#deps.clock.elapsed() }
      await this.#take(held, room)
      this.#held.set(name, held)
    })
  }

  /** For reservations that are asked for together. What is taken after the reading counts against it, and what comes free does not. */
  readRoom(): RoomReading {
    let reading: Promise<number> | undefined
    return () => (reading ??= this.#readRoom())
  }

  /** So many bytes may have been taken, in all since the start, when nothing is left. */
  async #readRoom(): Promise<number> {
    const earlierBytes = this.#takenBytes - this.outstandingBytes // stored, released, or here by now
    return earlierBytes + (await this.#deps.freeBytes())
  }

  /** So many bytes of the upload survive a crash from now on. */
  async checkpoint(held: Held, syncedBytes: number): Promise<void> {
    await this.#turns.run(held.name, async () => {
      if (this.#held.get(held.name) !== held) return
      await this.#keep({ ...held, syncedBytes })
      held.syncedBytes = syncedBytes
    })
  }

  /**
   * The reservation is used up, or not wanted any more: `write` makes the removal durable, and says whether the room is now that of a
   * shard or is given back. Does nothing if the reservation is gone already.
   */
  settle(held: Held, write: (removal: Removal) => Promise<'stored' | 'released'>): Promise<void> {
    return this.#turns.run(held.name, () => this.#settle(held, write))
  }

  /** The reservation is not wanted any more: what arrived goes, its room is free. */
  giveUp(held: Held): Promise<void> {
    return this.settle(held, (removal) => this.#forget(held, removal))
  }

  /** A file was found that the index did not know of: the shard is held, and what was reserved for it is used up. */
  async enter(key: ShardKey, set: FoundSet): Promise<void> {
    const { catalog, store } = this.#deps
    const isSame = ({ reservation: { segment, index } }: Held) => index === key.index && equalBytes(segment, key.segment)
    const held = [...this.#held.values()].find(isSame)
    if (held)
      await this.settle(held, async (removal) => {
        await catalog.add(key, set, removal)
        await store.removeUpload(held.name)
        return 'stored'
      })
    if (!(await catalog.has(key))) await catalog.add(key, set)
  }

  /**
   * Drops what has expired, its upload included.
   * @param idleMs and what nobody has used for so long: whoever comes later is told that it is gone, and places the shard elsewhere
   */
  async expire(idleMs = Infinity): Promise<void> {
    const { clock } = this.#deps
    const isExpired = ({ isStoring, reservation, usedMs }: Held) =>
      !isStoring && (reservation.expiresMs <= clock.now() || clock.elapsed() - usedMs >= idleMs)
    for (const held of [...this.#held.values()].filter(isExpired))
      await this.#turns.run(held.name, async () => {
        if (!isExpired(held)) return
        await this.#settle(held, (removal) => this.#forget(held, removal))
      })
  }

  /** On a full volume even this note may find no room: then what arrived goes first. */
  async #forget(held: Held, removal: Removal): Promise<'released'> {
    const { index, store } = this.#deps
    await index.write([removal]).catch(async (error: unknown) => {
      if (!hasCode(error, 'FULL')) throw error
      await store.removeUpload(held.name)
      await index.write([removal])
    })
    await store.removeUpload(held.name)
    return 'released'
  }

  async #settle(held: Held, write: (removal: Removal) => Promise<'stored' | 'released'>): Promise<void> {
    if (this.#held.get(held.name) !== held) return
    this.#held.delete(held.name)
    try {
      const { party, reservation } = held
      if ((await write({ remove: keyOf(held.name) })) === 'released') this.#deps.capacity.release(reservation.sizeBytes)
      if (party) this.#deps.quota.give(party, reservation.sizeBytes)
    } catch (error) {
      this.#held.set(held.name, held)
      throw error
    }
  }

  /** The room is counted as taken before anything is awaited, so that nobody else is sold it meanwhile. */
  async #take(held: Held, room: RoomReading): Promise<void> {
    const { capacity, quota } = this.#deps
    const { sizeBytes } = held.reservation
    if (this.#held.size + this.#taking >= PROVIDER_LIMITS.reservations)
      throw new LunarError('TOO_MANY_REQUESTS', 'too many reservations are live')
    using taken = new DisposableStack()
    capacity.reserve(sizeBytes)
    taken.defer(() => capacity.release(sizeBytes))
    this.#takenBytes += sizeBytes
    taken.defer(() => (this.#takenBytes -= sizeBytes))
    if (held.party) quota.take(held.party, sizeBytes)
    taken.defer(() => held.party && quota.give(held.party, sizeBytes))
    this.#taking++
    try {
      const leftBytes = (await room()) - this.#takenBytes
      if (leftBytes < 0)
        throw new LunarError('FULL', 'the volume has no room for the shard', { detail: { sizeBytes, lackingBytes: -leftBytes } })
      await this.#keep(held)
    } finally {
      this.#taking--
    }
    taken.move()
  }

  async #keep({ name, reservation, syncedBytes, party }: Held): Promise<void> {
    await this.#deps.index.write([{ put: keyOf(name), value: encodeBytes({ reservation, syncedBytes, owner: party?.owner ?? null }) }])
  }

  async #resume(held: Held): Promise<void> {
    await using upload = await this.#deps.store.openUpload(held.name)
    held.syncedBytes = Math.min(held.syncedBytes, await upload.size())
    held.receivedBytes = held.syncedBytes
  }
}

const isSame = (a: Reservation, b: Reservation): boolean => equalBytes(a.address, b.address) && a.sizeBytes === b.sizeBytes
