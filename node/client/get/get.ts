/**
 * get: locate → retrieve → verify → decode → strip → decrypt → join.
 *
 * While one segment is handed out the next is retrieved: two in memory at most. Every byte that leaves was verified: under the tag of
 * its frame, and where only a part of a shard was asked for, against the shard's address as well.
 *
 * @module
 */
import { letGo } from '@lunarx/core/model'
import type { ObjectVersion } from '../manifest/index.ts'
import { readContent, type ContentDeps } from './content.ts'
import type { Filling } from './withheld.ts'
import { cut, type ByteRange } from './cut.ts'

export interface GetProgress {
  /** Plaintext bytes handed out so far. */
  readonly readBytes: number
  /** Of the whole range that was asked for. */
  readonly totalBytes: number
  /** While shards that their holders refuse are filled from what these prove to trackers, of the set that is being gathered. */
  readonly withheld?: Filling | undefined
}

export interface GetOptions {
  readonly range: ByteRange
  readonly signal: AbortSignal
  /** Chunks are the caller's until it pulls the next or ends. */
  readonly lend?: boolean | undefined
  readonly onProgress?: ((progress: GetProgress) => void) | undefined
}

export type GetDeps = ContentDeps

/** @throws {LunarError} WRONG_KEY, TOO_FEW_SHARDS, TOMBSTONED, BAD_RANGE */
export async function* get({ content, sizeBytes }: ObjectVersion, options: GetOptions, deps: GetDeps): AsyncGenerator<Uint8Array, void> {
  const { signal, range, lend = false, onProgress } = options
  const span = cut(sizeBytes, range)
  const totalBytes = span.until - span.from
  if (totalBytes === 0) return
  let readBytes = 0
  const onFilling = (withheld: Filling): void => onProgress?.({ readBytes, totalBytes, withheld })
  const chunks =
    content.kind === 'inline' ? [content.bytes.slice(span.from, span.until)] : readContent(content, span, { ...deps, onFilling }, signal)
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    readBytes += chunk.length
    onProgress?.({ readBytes, totalBytes })
    try {
      yield chunk
    } finally {
      if (lend) letGo(chunk)
    }
  }
}
