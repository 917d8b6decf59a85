/**
 * Asks trackers where sets are: as a client, which gets an answer of the whole network, or as a tracker, which hears what that one knows itself.
 * Faults pass it by.
 *
 * @module
 */
import { hasCode, hexOf } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { locate } from '@lunarx/wire'
import type { CommittedSet } from './committed-sets.ts'
import { addressOf } from './shape.ts'

/** Ids in one question. */
const PAGE = 1_000

export type Word = 'live' | 'buried' | 'unknown'

export class Locator {
  readonly #peers: Peers

  constructor(peers: Peers) {
    this.#peers = peers
  }

  /** What a tracker says of each set, by its id; undefined: it does not answer. */
  async ask(host: string, sets: readonly CommittedSet[]): Promise<ReadonlyMap<string, Word> | undefined> {
    const words = new Map<string, Word>()
    try {
      for (let at = 0; at < sets.length; at += PAGE) {
        const segments = sets.slice(at, at + PAGE).map(({ id }) => id)
        const { found } = (await this.#peers.ask(addressOf(host), locate, { segments, records: false })).answer
        for (const { segment, known, buried } of found) words.set(hexOf(segment), buried ? 'buried' : known ? 'live' : 'unknown')
      }
      return words
    } catch (error) {
      if (hasCode(error, 'PEER_UNREACHABLE', 'INTERRUPTED', 'TIMEOUT', 'UNKNOWN_EXCHANGE', 'STOPPING')) return undefined
      throw error
    }
  }
}
