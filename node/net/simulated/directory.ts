/**
 * The directory of a simulated network: keys lie with those of its servers that are near them, in their memory; asking takes time, and
 * whoever is cut off is neither asked nor told. Implements the contract of node/net/peers; does not imitate how kad-dht gets there.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { compareBytes, hexOf, LunarError, utf8, type PeerAddress } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { SeededRandom } from '@lunarx/runtime/random'
import { interleaved } from '../directory/interleaved.ts'
import { NET_LIMITS } from '../limits.ts'
import type { Directory, FoundPeer } from '../peers/directory.ts'
import { CONNECT_MS } from './faults.ts'

const LIMITS = NET_LIMITS.directory

export interface SimulatedDirectoriesDeps {
  readonly clock: Clock
  readonly random: SeededRandom
  readonly isReachable: (from: string, to: string) => boolean
  /** Travel time of a message, one way. Milliseconds. */
  readonly delayMs: () => readonly [number, number]
}

export interface DirectoryMember {
  readonly address: FoundPeer
  readonly isClient: () => boolean
  readonly isAlive: () => boolean
  readonly crypto: CryptoEngine
}

interface Server extends DirectoryMember {
  /** Near which keys it lies: a hash of its id. */
  readonly place: Uint8Array
  readonly records: Map<string, Map<PeerId, { readonly address: FoundPeer; readonly sinceMs: number }>>
}

export class SimulatedDirectories {
  readonly #deps: SimulatedDirectoriesDeps
  readonly #servers = new Map<string, Server>()
  readonly #lies = new Map<string, (key: Uint8Array) => readonly FoundPeer[]>()

  constructor(deps: SimulatedDirectoriesDeps) {
    this.#deps = deps
  }

  /** This host, when asked who serves a key, says this and nothing else. */
  lie(host: string, says: (key: Uint8Array) => readonly FoundPeer[]): void {
    this.#lies.set(host, says)
  }

  /** The directory as one peer sees it. */
  join(member: DirectoryMember): Directory {
    const { peer, host } = member.address
    if (!member.isClient()) this.#servers.set(host, { ...member, place: member.crypto.sha256(utf8(peer)), records: new Map() })
    let seeds: readonly PeerAddress[] = []
    // whoever takes part knows the others; whoever only asks must know one of them
    const isLonely = (): boolean => member.isClient() && !seeds.some((seed) => this.#server(host, seed.host))
    const asking = async <T>(signal: AbortSignal, orElse: T, work: () => Promise<T>): Promise<T> => {
      signal.throwIfAborted()
      if (isLonely()) await this.#deps.clock.sleep(seeds.length === 0 ? 0 : CONNECT_MS, signal)
      return isLonely() ? orElse : await work()
    }
    return {
      meet: (peers) => {
        seeds = peers
      },
      announce: async (key, signal) => {
        if (member.isClient()) throw new LunarError('UNAUTHORIZED', 'clients announce nothing')
        return await asking(signal, 0, () => this.#announce(member, key, signal))
      },
      find: (key, signal) => asking<FoundPeer[]>(signal, [], () => this.#find(member, key, signal)),
      findPeer: (peer, signal) => asking<FoundPeer[]>(signal, [], () => this.#findPeer(member, peer, signal)),
    }
  }

  async #announce({ address, crypto }: DirectoryMember, key: Uint8Array, signal: AbortSignal): Promise<number> {
    const near = this.#near(address.host, key, crypto)
    await this.#travel(signal)
    for (const { records } of near) {
      const kept = records.get(hexOf(key)) ?? new Map<PeerId, { readonly address: FoundPeer; readonly sinceMs: number }>()
      kept.set(address.peer, { address, sinceMs: this.#deps.clock.elapsed() })
      records.set(hexOf(key), kept)
    }
    return near.length
  }

  async #find({ address, crypto }: DirectoryMember, key: Uint8Array, signal: AbortSignal): Promise<FoundPeer[]> {
    const near = this.#near(address.host, key, crypto)
    await this.#travel(signal)
    const named = near.map((server) => this.#lies.get(server.address.host)?.(key) ?? this.#kept(server, key))
    return interleaved(
      named.map((some) => some.slice(0, LIMITS.namedByOne)),
      LIMITS.found,
      ({ peer, host }) => `${peer} ${host}`,
    )
  }

  async #findPeer({ address }: DirectoryMember, peer: PeerId, signal: AbortSignal): Promise<FoundPeer[]> {
    await this.#travel(signal)
    return [...this.#servers.values()].flatMap((server) =>
      server.address.peer === peer && this.#server(address.host, server.address.host) ? [server.address] : [],
    )
  }

  #kept({ records }: Server, key: Uint8Array): FoundPeer[] {
    const nowMs = this.#deps.clock.elapsed()
    return [...(records.get(hexOf(key))?.values() ?? [])].flatMap(({ address, sinceMs }) =>
      nowMs - sinceMs < LIMITS.recordMs ? [address] : [],
    )
  }

  #near(from: string, key: Uint8Array, crypto: CryptoEngine): Server[] {
    const target = crypto.sha256(key)
    const distance = ({ place }: Server): Uint8Array => place.map((byte, i) => byte ^ (target[i] ?? 0))
    return [...this.#servers.keys()]
      .flatMap((host) => this.#server(from, host) ?? [])
      .toSorted((a, b) => compareBytes(distance(a), distance(b)))
      .slice(0, LIMITS.replicas)
  }

  #server(from: string, host: string): Server | undefined {
    const server = this.#servers.get(host)
    return server?.isAlive() && this.#deps.isReachable(from, host) ? server : undefined
  }

  async #travel(signal: AbortSignal): Promise<void> {
    const { clock, random, delayMs } = this.#deps
    const [least, most] = delayMs()
    // a step towards the key, a question to those near it, each there and back
    await clock.sleep(4 * random.between(least, most), signal)
  }
}
