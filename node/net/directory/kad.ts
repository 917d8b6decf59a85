/**
 * The directory over kad-dht: providers and trackers answer (server mode), all others only ask, and take part only while they do.
 *
 * Its protocol is named after the key of the network, so that networks never mix. It decides nothing: what is announced, and when, is
 * up to the roles, and nothing is announced again by itself.
 *
 * @module
 */
import {
  start,
  stop,
  type Connection,
  type Libp2p,
  type PeerId as Libp2pPeerId,
  type PeerInfo,
  type RoutingOptions,
} from '@libp2p/interface'
import { kadDHT, passthroughMapper, type KadDHT, type KadDHTComponents, type QueryEvent } from '@libp2p/kad-dht'
import { peerIdFromString } from '@libp2p/peer-id'
import type { PeerId } from '@lunarx/core/membership'
import { LunarError, type PeerAddress, type Role } from '@lunarx/core/model'
import { type Clock, deadline, type Log, type Random } from '@lunarx/runtime'
import { Tasks } from '@lunarx/runtime/tasks'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { abortError } from '../abort.ts'
import type { Control } from '../control/control.ts'
import { NET_LIMITS } from '../limits.ts'
import type { Directory, FoundPeer } from '../peers/directory.ts'
import type { Membership } from '../session/membership.ts'
import { placesOf } from './addresses.ts'
import { gated } from './gate.ts'
import { interleaved } from './interleaved.ts'
import { RecordStore } from './records.ts'

const LIMITS = NET_LIMITS.directory
const RAW = 0x55
const SHA2_256 = 0x12

/** The class behind the interface: its own search for providers ends with the first peer that names many, whoever they are. */
interface Kad extends KadDHT {
  readonly routingTable: { readonly size: number }
  readonly network: {
    sendRequest(
      to: Libp2pPeerId,
      message: { readonly type: 'GET_PROVIDERS'; readonly key: Uint8Array },
      options: RoutingOptions & { readonly path: typeof NO_PATH },
    ): AsyncIterable<QueryEvent>
  }
  onPeerConnect(peer: PeerInfo): Promise<void>
}

const NO_PATH = { index: -1, running: 0, queued: 0, total: 0 }

export interface KadDirectoryDeps {
  readonly host: Libp2p
  readonly parts: KadDHTComponents
  readonly control: Control
  readonly membership: Membership
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Ed25519 key of the network, lower-case hex. */
  readonly networkKey: string
}

/** Both sides of a network speak the same; of another network nobody does. */
export const directoryProtocol = (networkKey: string): string => `/lunarx/1/kad/${networkKey.slice(0, 32)}`

export class KadDirectory implements Directory, AsyncDisposable {
  readonly records: RecordStore
  readonly #deps: KadDirectoryDeps
  readonly #protocol: string
  readonly #stop = new AbortController()
  readonly #tasks: Tasks
  readonly #learnt = new Set<string>()
  #seeds: readonly PeerAddress[] = []
  #kad: Promise<Kad> | undefined
  #asking = 0
  #cancelIdle = (): void => undefined

  constructor(deps: KadDirectoryDeps) {
    const { host, control, clock, log } = deps
    this.#deps = deps
    this.#protocol = directoryProtocol(deps.networkKey)
    this.#tasks = new Tasks({ clock, log })
    const mayAnnounce = (peer: string): boolean =>
      peer === deps.membership.identity.peer ||
      host.getConnections(peerIdFromString(peer)).some((one) => serves(control.greetings.known(one)?.credential.role))
    this.records = new RecordStore({ clock, mayAnnounce })
  }

  /** Who serves takes part from now on; who only asks when it first does. */
  async start(): Promise<void> {
    const { host, control } = this.#deps
    // a connection that the directory opens is closed by the other side unless it says who it is
    host.addEventListener('connection:open', ({ detail }) => {
      if (detail.direction === 'outbound') void control.greetings.session(detail).catch((error: Error) => detail.abort(error))
    })
    if (this.#onlyAsks) return
    await this.#running()
    this.#tasks.repeat(
      'meet others',
      () => LIMITS.lonelyMs,
      (signal) => this.#keepCompany(signal),
    )
  }

  meet(peers: readonly PeerAddress[]): void {
    this.#seeds = peers.slice(0, LIMITS.seeds)
    if (!this.#onlyAsks) this.#tasks.run('meet others', (signal) => this.#keepCompany(signal))
  }

  async announce(key: Uint8Array, signal: AbortSignal): Promise<number> {
    if (this.#onlyAsks) throw new LunarError('UNAUTHORIZED', 'who only asks announces nothing')
    return await this.#ask(0, signal, async (kad, limit) => {
      let taken = 0
      for await (const event of kad.provide(cidOf(key), { signal: limit }))
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') taken++
      return taken
    })
  }

  async find(key: Uint8Array, signal: AbortSignal): Promise<FoundPeer[]> {
    const named: FoundPeer[][] = []
    await this.#ask(undefined, signal, async (kad, limit) => {
      const target = cidOf(key).multihash.bytes
      named.push(await this.#keptHere(target))
      const asked: Promise<void>[] = []
      for await (const event of kad.getClosestPeers(target, { signal: limit }))
        if (event.name === 'FINAL_PEER') asked.push(this.#namedBy(event.peer.id, target, named, kad, limit))
      await Promise.all(asked)
    })
    return interleaved(named, LIMITS.found, ({ peer, host, controlPort, dataPort }) => `${peer} ${host} ${controlPort} ${dataPort}`)
  }

  async findPeer(peer: PeerId, signal: AbortSignal): Promise<FoundPeer[]> {
    const named: FoundPeer[][] = []
    await this.#ask(undefined, signal, async (kad, limit) => {
      for await (const event of kad.findPeer(peerIdFromString(peer), { signal: limit, useCache: false })) {
        if (event.name === 'FINAL_PEER') named.push(placesOf(peer, event.peer.multiaddrs))
        if (named.length >= LIMITS.replicas) return
      }
    })
    return interleaved(named, LIMITS.addresses, ({ host, controlPort, dataPort }) => `${host} ${controlPort} ${dataPort}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#cancelIdle()
    await this.#tasks[Symbol.asyncDispose]()
    await this.#leave()
  }

  get #onlyAsks(): boolean {
    return !serves(this.#deps.membership.credential.role)
  }

  /** Within the time limit; what a search has not found by then it does not find. @throws the signal's reason */
  async #ask<T>(orElse: T, signal: AbortSignal, work: (kad: Kad, limit: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    if (this.#stop.signal.aborted) return orElse
    using limit = deadline(this.#deps.clock, LIMITS.askMs, AbortSignal.any([signal, this.#stop.signal]))
    this.#cancelIdle()
    this.#asking++
    try {
      const kad = await this.#running()
      await this.#meetSome(kad, limit.signal)
      return await work(kad, limit.signal)
    } catch (error) {
      if (signal.aborted) throw abortError(signal)
      this.#deps.log.debug('the directory gave nothing', { error })
      return orElse
    } finally {
      this.#asking--
      if (this.#onlyAsks && this.#asking === 0) this.#cancelIdle = this.#deps.clock.after(LIMITS.clientIdleMs, () => void this.#leave())
    }
  }

  #running(): Promise<Kad> {
    const kad = (this.#kad ??= this.#join())
    // the next call tries again
    kad.catch(() => this.#kad === kad && (this.#kad = undefined))
    return kad
  }

  async #join(): Promise<Kad> {
    const { parts, control, membership, log, host } = this.#deps
    const init = {
      protocol: this.#protocol,
      clientMode: this.#onlyAsks,
      kBucketSize: LIMITS.replicas,
      alpha: LIMITS.pathConcurrency,
      disjointPaths: LIMITS.paths,
      maxInboundStreams: LIMITS.streams,
      maxOutboundStreams: LIMITS.streams,
      routingTableUpdateMaxQueueSize: LIMITS.learntPeers,
      // the library takes 0 for unset
      initialQuerySelfInterval: 1,
      // as if for ever: what is announced again, and when, is decided by the roles
      reprovide: { interval: 2 ** 31 - 1 },
      // addresses within a cluster are private
      peerInfoMapper: passthroughMapper,
    }
    const kad = kadDHT(init)(gated(parts, { greetings: control.greetings, membership, records: this.records, log })) as Kad
    ;(kad as unknown as EventTarget).addEventListener('peer', (event) => this.#learn((event as CustomEvent<PeerInfo>).detail))
    await start(kad)
    // it hears of new connections only
    await Promise.all(host.getConnections().map((connection) => this.#introduce(kad, connection)))
    return kad
  }

  async #leave(): Promise<void> {
    const kad = this.#kad
    this.#kad = undefined
    if (kad) await kad.then(stop, () => undefined)
  }

  async #introduce(kad: Kad, { remotePeer }: Connection): Promise<void> {
    const { protocols, addresses } = await this.#deps.host.peerStore.get(remotePeer)
    if (protocols.includes(this.#protocol))
      await kad.onPeerConnect({ id: remotePeer, multiaddrs: addresses.map(({ multiaddr }) => multiaddr) })
  }

  async #keepCompany(signal: AbortSignal): Promise<void> {
    try {
      await this.#meetSome(await this.#running(), signal)
    } catch (error) {
      if (!signal.aborted) this.#deps.log.debug('nobody is met', { error })
    }
  }

  /** Dials those to begin with, a few at a time, when nobody is known. @throws {LunarError} PEER_UNREACHABLE: there is nobody to ask */
  async #meetSome(kad: Kad, signal: AbortSignal): Promise<void> {
    const { random, host } = this.#deps
    const left = [...this.#seeds]
    let isMet = false
    while (kad.routingTable.size === 0 && !isMet && left.length > 0) {
      const some = Array.from({ length: LIMITS.seedsAtOnce }, () => left.splice(Math.floor(random.uniform() * left.length), 1)).flat()
      isMet = (await Promise.all(some.map((seed) => this.#isReached(seed, kad, signal)))).includes(true)
      signal.throwIfAborted()
    }
    if (kad.routingTable.size === 0 && host.getConnections().length === 0)
      throw new LunarError('PEER_UNREACHABLE', 'the directory knows nobody', { detail: { seeds: this.#seeds.length } })
  }

  async #isReached(seed: PeerAddress, kad: Kad, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#introduce(kad, await this.#deps.control.reach(seed, signal))
      return true
    } catch (error) {
      if (!signal.aborted) this.#deps.log.debug('a peer to begin with is away', { host: seed.host, error })
      return false
    }
  }

  /** Where a peer is that others spoke of: it may be asked next. */
  #learn({ id, multiaddrs }: PeerInfo): void {
    if (!this.#learnt.has(id.toString()) && this.#learnt.size >= LIMITS.learntPeers) return
    this.#learnt.add(id.toString())
    const few = multiaddrs.slice(0, 2 * LIMITS.addresses)
    this.#deps.host.peerStore
      .merge(id, { multiaddrs: few })
      .catch((error: unknown) => this.#deps.log.debug('addresses not learnt', { error }))
  }

  async #keptHere(target: Uint8Array): Promise<FoundPeer[]> {
    const { host } = this.#deps
    const others = this.records.peersOf(target).filter((id) => id !== host.peerId.toString())
    return (await Promise.all(others.map((id) => this.#knownPlaces(id)))).flat()
  }

  async #knownPlaces(id: string): Promise<FoundPeer[]> {
    const known = await this.#deps.host.peerStore.get(peerIdFromString(id)).catch(() => undefined)
    return placesOf(id, known?.addresses.map(({ multiaddr }) => multiaddr) ?? [])
  }

  async #namedBy(server: Libp2pPeerId, key: Uint8Array, named: FoundPeer[][], kad: Kad, signal: AbortSignal): Promise<void> {
    for await (const event of kad.network.sendRequest(server, { type: 'GET_PROVIDERS', key }, { signal, path: NO_PATH }))
      if (event.name === 'PEER_RESPONSE')
        named.push(event.providers.slice(0, LIMITS.namedByOne).flatMap(({ id, multiaddrs }) => placesOf(id.toString(), multiaddrs)))
  }
}

/** Whom clients depend on is looked up with them: outside verifiers are nobody's. */
const serves = (role: Role | undefined): boolean => role === 'tracker' || role === 'provider'

/** kad-dht knows keys by their multihash: that of a hash is the hash itself. */
const cidOf = (key: Uint8Array): CID => CID.createV1(RAW, createDigest(SHA2_256, key))
