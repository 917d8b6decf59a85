/**
 * get: locate → retrieve → verify → decode → strip → decrypt → join.
 *
 * While one segment is handed out the next is retrieved: two in memory at most. Every byte that leaves was verified: shards against
 * their addresses, plaintext against the tags of its frames.
 *
 * @module
 */
import { unwrapDataKey } from '@lunarx/core/crypto'
import type { ErasureEngine } from '@lunarx/core/erasure'
import { readKeySeed, type OwnerKeys } from '@lunarx/core/keys'
import { LIMITS } from '@lunarx/core/model'
import { openSegment, segmentLayout, type SegmentLayout, type SegmentSecrets } from '@lunarx/core/segment'
import { ahead } from '../ahead.ts'
import type { ManifestSegment, ObjectVersion, StoredSets } from '../manifest/index.ts'
import { collect, type CollectDeps } from './collect.ts'
import { cutSegments, type ByteRange, type Cut } from './cut.ts'
import { locate, type Holders } from './locate.ts'

/** Chunks handed to the caller. */
const CHUNK_BYTES = 1024 * 1024

export interface GetProgress {
  /** Plaintext bytes handed out so far. */
  readonly readBytes: number
  /** Of the whole range that was asked for. */
  readonly totalBytes: number
}

export interface GetOptions {
  readonly range: ByteRange
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: GetProgress) => void) | undefined
}

export interface GetDeps extends CollectDeps {
  readonly keys: OwnerKeys
  readonly erasure: ErasureEngine
}

/** Shards of one segment, and what opens them. */
interface Retrieved {
  readonly cut: Cut
  readonly layout: SegmentLayout
  readonly secrets: SegmentSecrets
  readonly shards: (Uint8Array | undefined)[]
}

/** @throws {LunarError} WRONG_KEY, TOO_FEW_SHARDS, TOMBSTONED, BAD_RANGE */
export async function* get({ content, sizeBytes }: ObjectVersion, options: GetOptions, deps: GetDeps): AsyncGenerator<Uint8Array, void> {
  const { signal, range, onProgress } = options
  const parts = content.kind === 'inline' ? inlinePart(content.bytes, range) : plaintexts(content, range, deps, signal)
  const totalBytes = cutSegments([sizeBytes], range).reduce((sum, { from, until }) => sum + until - from, 0)
  let readBytes = 0
  for await (const part of parts)
    for (let at = 0; at < part.length; at += CHUNK_BYTES) {
      signal.throwIfAborted()
      const chunk = part.subarray(at, at + CHUNK_BYTES)
      readBytes += chunk.length
      onProgress?.({ readBytes, totalBytes })
      yield chunk
    }
}

async function* inlinePart(bytes: Uint8Array, range: ByteRange): AsyncGenerator<Uint8Array, void> {
  for (const { from, until } of cutSegments([bytes.length], range)) yield bytes.slice(from, until)
}

async function* plaintexts(content: StoredSets, range: ByteRange, deps: GetDeps, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const dataKey = await unwrapDataKey(deps.keys.wrappingKey, content.wrappedDataKey, content.keyCommitment, deps.crypto)
  const cuts = cutSegments(
    content.segments.map(({ plaintextBytes }) => plaintextBytes),
    range,
  )
  for await (const { cut, layout, secrets, shards } of ahead((inner) => retrieveAll(cuts, content, dataKey, deps, inner), signal)) {
    const plaintext = await openSegment(shards, layout, secrets, deps)
    yield plaintext.subarray(cut.from, cut.until)
  }
}

async function* retrieveAll(
  cuts: readonly Cut[],
  content: StoredSets,
  dataKey: Uint8Array,
  deps: GetDeps,
  signal: AbortSignal,
): AsyncGenerator<Retrieved, void> {
  for await (const { cut, segment, holders } of locateAll(cuts, content, deps, signal)) {
    const { salt, plaintextBytes, positionSeeds } = segment
    const layout = segmentLayout({ required: content.required, parity: content.parity, plaintextBytes })
    const readKey = deps.crypto.signKey(readKeySeed(dataKey, salt, deps.crypto))
    const shards = await collect({ segment, layout, readKey, holders }, content, deps, signal)
    yield { cut, layout, shards, secrets: { suite: content.suite, dataKey, salt, segmentIndex: cut.segmentIndex, positionSeeds } }
  }
}

/** In bulk: one question for up to {@link LIMITS.locateIds} sets. */
async function* locateAll(
  cuts: readonly Cut[],
  content: StoredSets,
  deps: GetDeps,
  signal: AbortSignal,
): AsyncGenerator<{ cut: Cut; segment: ManifestSegment; holders: Holders }, void> {
  for (let at = 0; at < cuts.length; at += LIMITS.locateIds) {
    const wanted = cuts.slice(at, at + LIMITS.locateIds).flatMap((cut) => {
      const segment = content.segments[cut.segmentIndex]
      return segment ? [{ cut, segment }] : []
    })
    const located = await locate(
      wanted.map(({ segment }) => segment),
      content,
      0,
      deps,
      signal,
    )
    for (const [i, one] of wanted.entries()) yield { ...one, holders: located[i] ?? [] }
  }
}
