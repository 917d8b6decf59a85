/**
 * Which trackers own a key, and which of them can be reached: the first live owner does the work that one alone should do.
 *
 * Reachability is this tracker's own view: an owner is live while it answered within `suspectMs`. Two trackers that cannot see
 * each other may both work on one set; that wastes copies and loses nothing.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { Credential, PeerId } from '@lunarx/core/membership'
import { makeRing, ringName, type Ring } from '@lunarx/core/placement'
import type { PeerAddress } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'

export interface TrackerRingOptions {
  /** Where this tracker listens, as the network's configuration names it. */
  readonly self: PeerAddress
  readonly trackers: readonly PeerAddress[]
  /** d of rows: a record lives on 2d + 1 trackers. */
  readonly survive: number
  /** Silence after which an owner is passed over. */
  readonly suspectMs: number
}

interface Seat {
  readonly address: PeerAddress
  peer: PeerId | undefined
  credential: Credential | undefined
  heardMs: number
}

export class TrackerRing {
  /** Where this tracker listens. */
  readonly self: PeerAddress
  readonly #self: string
  readonly #seats: ReadonlyMap<string, Seat>
  readonly #ring: Ring
  /** 2d + 1: on so many trackers a record lives, where there are as many. */
  readonly copies: number
  readonly #suspectMs: number
  readonly #clock: Clock

  constructor(options: TrackerRingOptions, deps: { readonly clock: Clock; readonly crypto: CryptoEngine }) {
    this.self = options.self
    this.#self = ringName(options.self)
    this.#clock = deps.clock
    this.copies = 2 * options.survive + 1
    this.#suspectMs = options.suspectMs
    this.#seats = new Map(
      options.trackers.map((address) => [
        ringName(address),
        { address, peer: undefined, credential: undefined, heardMs: deps.clock.elapsed() },
      ]),
    )
    this.#ring = makeRing([...this.#seats.keys()], deps.crypto)
  }

  /** How many trackers the network has. */
  get size(): number {
    return this.#seats.size
  }

  /** The other trackers, in the order of the configuration. */
  get others(): PeerAddress[] {
    return [...this.#seats.entries()].filter(([name]) => name !== this.#self).map(([, seat]) => seat.address)
  }

  /** True if the network's configuration names this tracker. One that it names no more owns nothing, and is to hand over what it has. */
  get isMember(): boolean {
    return this.#seats.has(this.#self)
  }

  isSelf(address: PeerAddress): boolean {
    return ringName(address) === this.#self
  }

  /** Owners of a key, nearest first, live or not. */
  owners(key: Uint8Array): PeerAddress[] {
    return this.#ring.owners(key, this.copies).flatMap((name) => this.#seats.get(name)?.address ?? [])
  }

  /** The owners beside this tracker. */
  otherOwners(key: Uint8Array): PeerAddress[] {
    return this.owners(key).filter((address) => !this.isSelf(address))
  }

  isOwner(key: Uint8Array): boolean {
    return this.#ring.owners(key, this.copies).includes(this.#self)
  }

  /** True if the tracker at this address owns the key, whoever else does. */
  isOwnedBy(key: Uint8Array, address: PeerAddress): boolean {
    return this.#ring.owners(key, this.copies).includes(ringName(address))
  }

  /** True if another tracker owns the key too. */
  isShared(key: Uint8Array, other: PeerAddress): boolean {
    const owners = this.#ring.owners(key, this.copies)
    return owners.includes(this.#self) && owners.includes(ringName(other))
  }

  /** True if this tracker is the first owner that can be reached. */
  isFirst(key: Uint8Array): boolean {
    for (const address of this.owners(key)) {
      if (this.isSelf(address)) return true
      if (this.isReachable(address)) return false
    }
    return false
  }

  /** A tracker answered. */
  heard(address: PeerAddress, { peer, credential }: Session): void {
    const seat = this.#seats.get(ringName(address))
    if (!seat) return
    seat.peer = peer
    seat.credential = credential
    seat.heardMs = this.#clock.elapsed()
  }

  isReachable(address: PeerAddress): boolean {
    if (this.isSelf(address)) return true
    const seat = this.#seats.get(ringName(address))
    return seat !== undefined && this.#clock.elapsed() - seat.heardMs < this.#suspectMs
  }

  /** The peer id last seen at an address. */
  peerAt(address: PeerAddress): PeerId | undefined {
    return this.#seats.get(ringName(address))?.peer
  }

  /** The other trackers that can be reached, by the credential that they showed last. */
  get reachable(): { readonly address: PeerAddress; readonly credential: Credential }[] {
    return [...this.#seats.values()].flatMap(({ address, credential }) =>
      credential && !this.isSelf(address) && this.isReachable(address) ? [{ address, credential }] : [],
    )
  }

  /** Changes exactly when some tracker becomes reachable or away. */
  get liveness(): string {
    return [...this.#seats.values()].map((seat) => (this.isReachable(seat.address) ? '1' : '0')).join('')
  }
}
