/**
 * gc: frees sets of the owner that are kept and that no name names: a client gave its word for them and was gone before it wrote the
 * name, or could not bury what a name had lost.
 *
 * Frees nothing whose last keep is younger than seven days by any tracker's clock, among a majority of the set's owners: a put writes
 * its name within the hour, and never goes by a keep older than six days. Frees nothing unless every name could be read.
 *
 * @module
 */
import { LEASE, LISTING, signDocument } from '@lunarx/core/document'
import type { OwnerKeys } from '@lunarx/core/keys'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { listKept, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { answerOf } from './answer-of.ts'
import { bury, type BuryDeps } from './bury.ts'
import { allVersions, type Names, type NameObjectDeps } from './names/index.ts'
import type { Log } from '@lunarx/runtime/log'

/** For one request of a listing. */
const LISTING_MS = 60_000

export interface GarbageSet {
  /** Segment id, hex. */
  readonly segment: string
  /** Of all its shards. */
  readonly bytes: number
  /** Since it was last kept, by the clocks of trackers. */
  readonly ageMs: number
}

export interface Garbage {
  /** Sets of the owner that trackers know to be kept. */
  readonly keptSets: number
  /** Those that no name names, and that are old enough. */
  readonly garbage: readonly GarbageSet[]
  /** They were freed. */
  readonly isFreed: boolean
}

export interface CollectDeps extends BuryDeps {
  readonly peers: Peers
  readonly names: Names
  readonly log: Log
  readonly setsUnder: NameObjectDeps['setsUnder']
}

interface KeptSet {
  readonly id: Uint8Array
  readonly keys: OwnerKeys
  readonly bytes: number
  /** The least that a tracker said. */
  ageMs: number
}

/** @throws {LunarError} NOT_ENOUGH_REPLICAS, WRONG_KEY, TOO_FEW_SHARDS: a name or a manifest cannot be read; PEER_UNREACHABLE */
export async function collectGarbage(
  { isFreed, signal }: { readonly isFreed: boolean; readonly signal: AbortSignal },
  deps: CollectDeps,
): Promise<Garbage> {
  const kept = new Map<string, KeptSet>()
  const heard = new Set<string>()
  for (const [name, tracker] of deps.trackers.byName) if (await listAll(tracker, kept, deps, signal)) heard.add(name)
  const unnamed = new Map([...kept].filter(([, set]) => set.ageMs >= LEASE.freeAfterMs && isHeard(set, heard, deps)))
  if (unnamed.size > 0)
    for await (const object of deps.names.list(signal))
      for (const { content } of allVersions(object))
        if (content.kind === 'sets') for await (const id of deps.setsUnder(content, signal)) unnamed.delete(hexOf(id))
  if (isFreed)
    for (const [keys, sets] of Map.groupBy(unnamed.values(), (set) => set.keys))
      await bury(
        sets.map(({ id }) => id),
        { ...deps, keys },
        signal,
      )
  const garbage = [...unnamed].map(([segment, { bytes, ageMs }]) => ({ segment, bytes, ageMs }))
  return { keptSets: kept.size, garbage: garbage.sort((a, b) => b.ageMs - a.ageMs), isFreed }
}

/** A renewal is acknowledged by a majority of the owners: of any majority that was heard one knows it. */
function isHeard({ id }: KeptSet, heard: ReadonlySet<string>, { trackers }: CollectDeps): boolean {
  const owners = trackers.owners(id)
  return owners.filter((name) => heard.has(name)).length * 2 > owners.length
}

/** What a tracker knows of all generations of the owner. @returns false if it could not be asked to the end */
async function listAll(tracker: PeerAddress, kept: Map<string, KeptSet>, deps: CollectDeps, signal: AbortSignal): Promise<boolean> {
  try {
    for (let generation = deps.keys.generation; generation >= 0; generation--)
      await listGeneration(tracker, deps.keys.at(generation), kept, deps, signal)
    return true
  } catch (error) {
    signal.throwIfAborted()
    deps.log.warn('a tracker did not say what is kept', { tracker: tracker.host, error })
    return false
  }
}

async function listGeneration(
  tracker: PeerAddress,
  keys: OwnerKeys,
  kept: Map<string, KeptSet>,
  { network, peers, clock }: CollectDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let after: Uint8Array | null = null; ;) {
    const expiresMs = Math.floor(clock.now()) + LISTING_MS
    const request = { network: network.network, owner: keys.identity.publicKey, reader: peers.self, expiresMs }
    const question: QuestionOf<typeof listKept> = { listing: signDocument(LISTING, request, keys.identity), after }
    const answer: AnswerOf<typeof listKept> = await answerOf(peers, tracker, listKept, question, { signal, timeoutMs: LISTING_MS })
    for (const { segment, bytes, ageMs } of answer.sets) {
      const set = kept.get(hexOf(segment)) ?? { id: segment, keys, bytes, ageMs }
      set.ageMs = Math.min(set.ageMs, ageMs)
      kept.set(hexOf(segment), set)
    }
    if (!answer.next) return
    after = answer.next
  }
}
