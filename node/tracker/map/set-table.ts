/**
 * A row for every set that has a record or a statement: its id, what decisions need of its record, and where its statements begin.
 *
 * Found by id through an open-addressing table of row numbers: ids are hashes, so that their first bytes spread by themselves. A row
 * that neither has a record nor a statement any more is given back.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import { BytesColumn, Column, Rows } from './columns.ts'
import { Owners } from './owners.ts'

const ID_BYTES = 32
const RECORD = 1
const COMMITTED = 2
const FOREIGN = 4

/** What decisions need of a record. */
export interface KnownSet {
  readonly id: Uint8Array
  /** Lower-case hex of the id. */
  readonly hex: string
  readonly owner: Uint8Array
  readonly required: number
  readonly parity: number
  readonly survive: number
  /** '': none of the network's. Undefined: its record was not looked at since the start. */
  readonly className: string | undefined
  readonly shardBytes: number
  readonly createdMs: number
  /** A tracker had counted at least k holders when this was read: the set is to be kept whole. */
  readonly isCommitted: boolean
}

export type SetSummary = Pick<KnownSet, 'owner' | 'required' | 'parity' | 'survive' | 'shardBytes' | 'createdMs'> &
  Partial<Pick<KnownSet, 'className'>>

const FIRST_SLOTS = 1 << 10

/** Numbers of classes; those of the network count from 1. */
const UNREAD = 0
const OTHER = 255

export class SetTable {
  readonly #rows = new Rows(1)
  /** Row of each slot; 0: empty. A power of two of them, at most half full. */
  #slots = new Uint32Array(FIRST_SLOTS)
  #used = 0
  readonly #ids = new BytesColumn(ID_BYTES)
  readonly #owners = new Owners()
  readonly #owner = new Column((rows) => new Uint32Array(rows))
  readonly #required = new Column((rows) => new Uint8Array(rows))
  readonly #parity = new Column((rows) => new Uint8Array(rows))
  readonly #survive = new Column((rows) => new Uint8Array(rows))
  readonly #class = new Column((rows) => new Uint8Array(rows))
  readonly #shardBytes = new Column((rows) => new Float64Array(rows))
  readonly #createdMs = new Column((rows) => new Float64Array(rows))
  readonly #flags = new Column((rows) => new Uint8Array(rows))
  /** First statement; 0: none. */
  readonly #holders = new Column((rows) => new Uint32Array(rows))

  readonly #classNames: readonly string[]

  /** @param classNames of the network, at most 254 */
  constructor(classNames: readonly string[] = []) {
    this.#classNames = classNames
  }

  /** The row of a set; 0: it has none. */
  find(id: Uint8Array): number {
    for (let at = this.#slotOf(id); ; at = this.#after(at)) {
      const row = this.#slots[at] ?? 0
      if (row === 0 || this.#ids.compare(row, id) === 0) return row
    }
  }

  /** The row of a set, made if there is none. */
  take(id: Uint8Array): number {
    const known = this.find(id)
    if (known !== 0) return known
    if (2 * (this.#used + 1) > this.#slots.length) this.#widen()
    const row = this.#rows.take()
    this.#ids.set(row, id)
    this.#flags.set(row, 0)
    this.#holders.set(row, 0)
    this.#enter(row)
    this.#used++
    return row
  }

  /** Gives the row back if nothing is known of the set any more. */
  release(row: number): void {
    if (this.hasRecord(row) || this.holders(row) !== 0) return
    this.#vacate(row)
    this.#rows.giveBack(row)
    this.#used--
  }

  /** All rows that are in use, in no order. */
  *rows(): Generator<number> {
    for (let row = 1; row < this.#rows.end; row++) if (this.hasRecord(row) || this.holders(row) !== 0) yield row
  }

  /** The first row behind this one that has a record; 0: none has. */
  after(row: number): number {
    for (let next = row + 1; next < this.#rows.end; next++) if (this.hasRecord(next)) return next
    return 0
  }

  /** Rows of the sets of which there is a record of this owner, in no order. */
  *ownedBy(owner: Uint8Array): Generator<number> {
    const number = this.#owners.find(owner)
    if (number === undefined) return
    for (const row of this.rows()) if (this.hasRecord(row) && this.#owner.get(row) === number) yield row
  }

  id(row: number): Uint8Array {
    return this.#ids.get(row).slice()
  }

  hex(row: number): string {
    return hexOf(this.#ids.get(row))
  }

  /** As `compareBytes` of the row's id and these bytes. */
  compareId(row: number, bytes: Uint8Array): number {
    return this.#ids.compare(row, bytes)
  }

  copyId(row: number, out: Uint8Array, at: number): void {
    this.#ids.copy(row, out, at)
  }

  holders(row: number): number {
    return this.#holders.get(row)
  }

  setHolders(row: number, statement: number): void {
    this.#holders.set(row, statement)
  }

  hasRecord(row: number): boolean {
    return this.#has(row, RECORD)
  }

  isCommitted(row: number): boolean {
    return this.#has(row, COMMITTED)
  }

  /** Other trackers own it: its record is not asked for. */
  isForeign(row: number): boolean {
    return this.#has(row, FOREIGN)
  }

  setForeign(row: number): void {
    this.#flags.set(row, this.#flags.get(row) | FOREIGN)
  }

  setCommitted(row: number): void {
    this.#flags.set(row, this.#flags.get(row) | COMMITTED)
  }

  /** True for owners of whom a record is known. */
  hasOwner(owner: Uint8Array): boolean {
    return this.#owners.has(owner)
  }

  setRecord(row: number, { owner, required, parity, survive, className, shardBytes, createdMs }: SetSummary): void {
    if (this.hasRecord(row)) this.#owners.giveBack(this.#owner.get(row))
    this.#owner.set(row, this.#owners.take(owner))
    this.#required.set(row, required)
    this.#parity.set(row, parity)
    this.#survive.set(row, survive)
    this.setClass(row, className)
    this.#shardBytes.set(row, shardBytes)
    this.#createdMs.set(row, createdMs)
    this.#flags.set(row, this.#flags.get(row) | RECORD)
  }

  setClass(row: number, className: string | undefined): void {
    this.#class.set(row, className === undefined ? UNREAD : this.#classNames.indexOf(className) + 1 || OTHER)
  }

  clearRecord(row: number): void {
    if (this.hasRecord(row)) this.#owners.giveBack(this.#owner.get(row))
    this.#flags.set(row, this.#flags.get(row) & ~(RECORD | COMMITTED))
  }

  /** Of a set that has a record. */
  required(row: number): number {
    return this.#required.get(row)
  }

  /** Of a set that has a record. */
  shardBytes(row: number): number {
    return this.#shardBytes.get(row)
  }

  /** Undefined: it has no record. */
  known(row: number): KnownSet | undefined {
    if (!this.hasRecord(row)) return undefined
    return {
      id: this.id(row),
      hex: this.hex(row),
      owner: this.#owners.get(this.#owner.get(row)),
      required: this.#required.get(row),
      parity: this.#parity.get(row),
      survive: this.#survive.get(row),
      className: this.#className(row),
      shardBytes: this.#shardBytes.get(row),
      createdMs: this.#createdMs.get(row),
      isCommitted: this.isCommitted(row),
    }
  }

  #className(row: number): string | undefined {
    const number = this.#class.get(row)
    return number === UNREAD ? undefined : (this.#classNames[number - 1] ?? '')
  }

  #has(row: number, flag: number): boolean {
    return (this.#flags.get(row) & flag) !== 0
  }

  #slotOf(id: Uint8Array): number {
    const [a = 0, b = 0, c = 0, d = 0] = id
    return ((a << 24) | (b << 16) | (c << 8) | d) & (this.#slots.length - 1)
  }

  #slotOfRow(row: number): number {
    return this.#slotOf(this.#ids.get(row))
  }

  #after(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1)
  }

  #enter(row: number): void {
    let at = this.#slotOfRow(row)
    while (this.#slots[at] !== 0) at = this.#after(at)
    this.#slots[at] = row
  }

  #widen(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(2 * before.length)
    for (const row of before) if (row !== 0) this.#enter(row)
  }

  /** Empties the row's slot, and moves up what lies behind it only because that slot was taken. */
  #vacate(row: number): void {
    let hole = this.#slotOfRow(row)
    while (this.#slots[hole] !== row) hole = this.#after(hole)
    const mask = this.#slots.length - 1
    for (let at = this.#after(hole); ; at = this.#after(at)) {
      const other = this.#slots[at] ?? 0
      if (other === 0) break
      const home = this.#slotOfRow(other)
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      this.#slots[hole] = other
      hole = at
    }
    this.#slots[hole] = 0
  }
}
