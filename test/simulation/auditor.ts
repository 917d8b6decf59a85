/**
 * Looks at what providers really hold, without believing any tracker: who has which shard, and are its bytes those of its address?
 *
 * A member of the network with a tracker's credential; faults pass it by.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { GRANT, signDocument } from '@lunarx/core/document'
import { address } from '@lunarx/core/merkle'
import { concatBytes, equalBytes, hasCode, hexOf } from '@lunarx/core/model'
import type { Identity } from '@lunarx/net/identity'
import type { Peers } from '@lunarx/net/peers'
import type { Provider } from '@lunarx/provider'
import type { Clock } from '@lunarx/runtime/clock'
import { confirm, retrieve } from '@lunarx/wire'
import type { CommittedSet } from './committed-sets.ts'
import type { Machine } from './machine.ts'
import { addressOf } from './shape.ts'

/** Shards in one question. */
const PAGE = 255

export interface AuditorDeps {
  readonly peers: Peers
  readonly identity: Identity
  readonly clock: Clock
  readonly crypto: CryptoEngine
  readonly providers: readonly Machine<Provider>[]
}

/** Set (hex) → index → machines that say they hold it. */
export type Holdings = ReadonlyMap<string, readonly (readonly Machine<Provider>[])[]>

export class Auditor {
  readonly #deps: AuditorDeps

  constructor(deps: AuditorDeps) {
    this.#deps = deps
  }

  /** What the providers that answer hold of these sets. */
  async holdings(sets: readonly CommittedSet[]): Promise<Holdings> {
    const found = new Map(sets.map(({ id, record }) => [hexOf(id), record.addresses.map((): Machine<Provider>[] => [])]))
    const shards = sets.flatMap(({ id, record }) => record.addresses.map((_, index) => ({ segment: id, index })))
    for (const machine of this.#deps.providers)
      for (let at = 0; at < shards.length; at += PAGE) {
        const page = shards.slice(at, at + PAGE)
        const held = await this.#confirm(machine, page)
        page.forEach(({ segment, index }, i) => held[i] && found.get(hexOf(segment))?.[index]?.push(machine))
      }
    return found
  }

  /** True if the machine gives exactly the bytes of the address that the owner signed. */
  async isIntact(machine: Machine<Provider>, { id, record }: CommittedSet, index: number): Promise<boolean> {
    const { peers, identity, clock, crypto } = this.#deps
    const grant = {
      segment: id,
      index,
      reader: peers.self,
      expiresMs: clock.now() + 60_000,
      tracker: peers.self,
      purpose: 'challenge',
    } as const
    const authority = { kind: 'grant', grant: signDocument(GRANT, grant, identity.signKey) } as const
    const { body } = await peers.ask(addressOf(machine.host), retrieve, { segment: id, index, offset: 0, length: 0, authority })
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk.slice())
    const expected = record.addresses[index]
    return expected !== undefined && equalBytes(address(concatBytes(...chunks), crypto), expected)
  }

  async #confirm(machine: Machine<Provider>, shards: { segment: Uint8Array; index: number }[]): Promise<readonly boolean[]> {
    try {
      return (await this.#deps.peers.ask(addressOf(machine.host), confirm, { shards })).answer.held
    } catch (error) {
      if (hasCode(error, 'PEER_UNREACHABLE', 'INTERRUPTED', 'TIMEOUT', 'UNKNOWN_EXCHANGE')) return []
      throw error
    }
  }
}
