/**
 * The last resort, when fewer than k shards of a set can be retrieved: what holders refuse the owner and prove to trackers, leaf by leaf
 * (white paper 5.2, the hostage attack).
 *
 * What holders give counts; of as many others as are missing the leaves are asked of trackers, at random, since audits ask at random too,
 * and each is verified against the address that the owner has signed. Half a mebibyte a question, some MiB a minute of one shard: slow,
 * and the bytes are there in the end. For the owner alone: a grantee cannot sign for the set. Holds what it has of the set and what is
 * wanted of its data shards: n + k shards at most.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { LISTING, signDocument } from '@lunarx/core/document'
import { keysOfIdentity, type OwnerKeys } from '@lunarx/core/keys'
import type { ErasureEngine } from '@lunarx/core/erasure'
import { hasCode, hexOf, itemAt, LIMITS, LunarError, type PeerAddress } from '@lunarx/core/model'
import { WithheldSet } from '@lunarx/core/proof'
import type { Random } from '@lunarx/runtime/random'
import { pauseMs } from '@lunarx/runtime/tasks'
import { readWithheld, WITHHELD_LEAVES, type AnswerOf } from '@lunarx/wire'
import { askInTurn } from '../trackers/index.ts'
import type { Opening } from './any-copy.ts'
import type { Span } from './cut.ts'
import { fastest } from './fastest.ts'
import { leafRanges, openPart, type Pieces } from './part.ts'
import type { ReadSet, SetDeps } from './set.ts'
import { isMost } from './whole.ts'

/** For how long a signed question is good: clocks differ. */
const LISTING_MS = 5 * 60_000
/** Shards that are filled side by side. */
const AT_ONCE = 8
/** Answers of trackers without a leaf, one after another, after which a shard is given up; and times that they had too much to do. */
const MAX_EMPTY = 3
const MAX_BUSY = 24
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 10_000

/** Leaves of one set. */
export interface Filling {
  /** That trackers have given. */
  readonly leaves: number
  /** That it takes at least. */
  readonly neededLeaves: number
}

export interface WithheldDeps extends SetDeps {
  readonly erasure: ErasureEngine
  readonly keys: OwnerKeys | Pick<OwnerKeys, 'wrappingKey'>
  /** After every answer that brought some. */
  readonly onFilling?: ((filling: Filling) => void) | undefined
}

/** One set that is being filled. */
interface Fill {
  readonly set: ReadSet
  readonly deps: WithheldDeps
  readonly identity: SignKey
  /** Of every shard: whole leaves, the last of the shard may be short. */
  readonly run: Span
  readonly withheld: WithheldSet
}

/** Undefined: it cannot be had in this way either. Asks no tracker unless holders of k shards give theirs or are up. @throws the signal's reason */
export async function gatherWithheld(set: ReadSet, span: Span, deps: WithheldDeps, signal: AbortSignal): Promise<Opening | undefined> {
  const identity = 'identity' in deps.keys ? keysOfIdentity(set.owner, deps.keys)?.identity : undefined
  const { layout, named } = set
  if (!identity || set.indicesUp.length === 0) return undefined
  const wanted = isMost(span, layout.plaintextBytes) ? wholeShards(set) : leafRanges(set, span)
  const run = { from: Math.min(...wanted.map(({ from }) => from)), until: Math.max(...wanted.map(({ until }) => until)) }
  const fill: Fill = { set, deps, identity, run, withheld: new WithheldSet({ ...layout, addresses: named.entry.addresses }, deps) }
  const given = await takeGiven(fill, signal)
  if (new Set([...given, ...set.indicesUp]).size < layout.required) return undefined
  deps.log.warn('too few shards of a set are given, asking trackers for leaves', { segment: hexOf(named.entry.id), given: given.size })
  try {
    await fillShards(fill, given, signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof LunarError)) throw error
    deps.log.info('trackers do not ask for leaves', { error })
  }
  const pieces = piecesOf(
    fill,
    wanted.map(({ shard }) => shard),
  )
  return pieces && (() => openPart(set, pieces, span))
}

const wholeShards = ({ layout: { required, shardBytes } }: ReadSet) =>
  Array.from({ length: required }, (_, shard) => ({ shard, from: 0, until: shardBytes }))

const leafAt = (offset: number): number => Math.ceil(offset / LIMITS.leafBytes)

/** Undefined: leaves are missing. */
function piecesOf({ set: { layout }, run, withheld }: Fill, wanted: readonly number[]): Pieces | undefined {
  const bytes = withheld.range(wanted, leafAt(run.from), leafAt(run.until) - leafAt(run.from))
  if (!bytes) return undefined
  const pieces: Pieces = Array.from({ length: layout.required + layout.parity })
  for (const [i, shard] of wanted.entries()) pieces[shard] = { at: run.from, bytes: itemAt(bytes, i) }
  return pieces
}

/** What holders do give, of k shards at most. @returns their indices */
async function takeGiven({ set, deps, run, withheld }: Fill, signal: AbortSignal): Promise<Set<number>> {
  const { required, shardBytes } = set.layout
  const runBytes = run.until - run.from
  const ask = async (index: number, cut: AbortSignal): Promise<{ bytes: Uint8Array; from: PeerAddress } | undefined> => {
    const bytes = new Uint8Array(runBytes)
    const from = await set.ask(index, run, bytes, cut)
    return from && { bytes, from }
  }
  const pace = { clock: deps.clock, lateMs: () => deps.pace.lateMs(runBytes) }
  const { won } = await fastest(set.inOrder(), required, ask, pace, signal)
  const given = new Set<number>()
  for (const [index, { bytes, from }] of won) {
    const isWhole = runBytes === shardBytes // then nobody has looked at the bytes yet
    if (isWhole && !withheld.addShard(index, bytes)) set.spoiled(index, from)
    else given.add(index)
    if (!isWhole) withheld.addRun(index, leafAt(run.from), bytes)
  }
  return given
}

/**
 * One shard after another, several side by side, until k are there.
 * @throws {LunarError} UNKNOWN_EXCHANGE: no tracker asks for leaves; the signal's reason
 */
async function fillShards(fill: Fill, given: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
  const { set, run, deps } = fill
  const missing = set.layout.required - given.size
  const candidates = set.indicesUp.filter((index) => !given.has(index))
  const neededLeaves = Math.max(0, missing) * (leafAt(run.until) - leafAt(run.from))
  let [filled, busy, leaves] = [0, 0, 0]
  const onLeaves = (count: number): void => deps.onFilling?.({ leaves: (leaves += count), neededLeaves })
  const stop = new AbortController()
  const within = AbortSignal.any([signal, stop.signal])
  const work = async (): Promise<void> => {
    while (filled + busy < missing) {
      const index = candidates.shift()
      if (index === undefined) return
      busy++
      if (await fillShard(index, fill, onLeaves, within)) filled++
      busy--
      if (filled + busy + candidates.length < missing) stop.abort() // who waits is told at once that it cannot be done
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, missing) }, work))
  } catch (error) {
    if (signal.aborted || !stop.signal.aborted) throw error
  } finally {
    stop.abort()
  }
}

/** @returns false: no tracker gives more of it */
async function fillShard(index: number, fill: Fill, onLeaves: (count: number) => void, signal: AbortSignal): Promise<boolean> {
  const { run, deps, withheld } = fill
  const { clock, random } = deps
  for (let [empty, busy] = [0, 0]; empty < MAX_EMPTY && busy < MAX_BUSY;) {
    const open = withheld.missing(index).filter((leaf) => leaf >= leafAt(run.from) && leaf < leafAt(run.until))
    if (open.length === 0) return true
    const wanted = new Set(drawSome(open, random))
    const proofs = await askTrackers(index, [...wanted], empty, fill, signal)
    // of what was asked, each once: a tracker that repeats itself is no progress
    const taken = proofs === 'busy' ? [] : proofs.filter(({ leaf, ...proof }) => wanted.delete(leaf) && withheld.add(index, leaf, proof))
    if (taken.length > 0) {
      ;[empty, busy] = [0, 0]
      onLeaves(taken.length)
      continue
    }
    if (proofs === 'busy') busy++
    else empty++
    const pause = { firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, random }
    await clock.sleep(pauseMs(empty + busy, pause), signal)
  }
  return false
}

/** @param skip another tracker's view @throws {LunarError} UNKNOWN_EXCHANGE: no tracker does so */
async function askTrackers(
  index: number,
  leaves: readonly number[],
  skip: number,
  { set, deps, identity }: Fill,
  signal: AbortSignal,
): Promise<AnswerOf<typeof readWithheld>['proofs'] | 'busy'> {
  const { network, peers, clock, trackers, log } = deps
  const segment = set.named.entry.id
  const expiresMs = Math.floor(clock.now()) + LISTING_MS
  const request = { network: network.network, owner: identity.publicKey, reader: peers.self, expiresMs }
  const question = { listing: signDocument(LISTING, request, identity), segment, index, leaves: [...leaves] }
  try {
    return (await askInTurn(trackers, readWithheld, question, { about: segment, signal, skip, rounds: 1 })).proofs
  } catch (error) {
    if (signal.aborted || !(error instanceof LunarError) || error.code === 'UNKNOWN_EXCHANGE') throw error
    log.info('no tracker gives leaves of a shard now', { index, error })
    return hasCode(error, 'TOO_MANY_REQUESTS') ? 'busy' : []
  }
}

/** As many as one question takes, in no order. */
function drawSome(leaves: readonly number[], random: Random): number[] {
  const left = [...leaves]
  return Array.from({ length: Math.min(WITHHELD_LEAVES, left.length) }, () => itemAt(left.splice(random.below(left.length), 1), 0))
}
