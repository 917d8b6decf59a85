/**
 * Where shards lie. One interface for every backend; the volume is one.
 *
 * A shard is visible only when it and its record are durable. Uploads are unfinished shards, named by their reservation: what was
 * synced of them survives a restart.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { SegmentRecord } from '@lunarx/core/document'

/** Names a shard: which set, which of its n. */
export interface ShardKey {
  readonly segment: Uint8Array
  readonly index: number
}

/** Bytes that have arrived so far. Positions are positions in the shard. */
export interface Upload extends AsyncDisposable {
  read(into: Uint8Array, position: number): Promise<number>
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(sizeBytes: number): Promise<void>
  size(): Promise<number>
  /** Bytes and name survive a crash. */
  sync(): Promise<void>
}

/** What is stored beside the bytes. */
export interface ShardSeal {
  /** Bytes of the shard. */
  readonly sizeBytes: number
  readonly record: SignedDocument
  readonly leafHashes: readonly Uint8Array[]
}

export interface OpenShard extends AsyncDisposable {
  readonly record: SegmentRecord
  /** As its owner signed it. */
  readonly document: SignedDocument
  read(into: Uint8Array, position: number): Promise<number>
  leafHashes(): Promise<Uint8Array[]>
  /** True: nothing is kept open for it, so that it may wait for a reader as long as that takes. */
  readonly holdsNothing: boolean
  /** Bytes that one read had better ask for: where each is a request of its own, more. */
  readonly pieceBytes: number
}

export interface ShardStore {
  /** Names of uploads that a start before this one left. */
  uploads(): Promise<string[]>
  openUpload(name: string): Promise<Upload>
  removeUpload(name: string): Promise<void>
  /** Turns a complete upload into a shard, replacing one of the same name; durable when it resolves. @throws {LunarError} FULL, STORE_FAILED */
  publish(name: string, key: ShardKey, seal: ShardSeal): Promise<void>
  /** Undefined if there is none. @throws {LunarError} SHARD_DAMAGED: what is there is no shard of this name; STORE_FAILED: the store does not answer, which says nothing of the shard */
  open(key: ShardKey): Promise<OpenShard | undefined>
  /** Durable when it resolves. */
  remove(key: ShardKey): Promise<void>
  /** Shards whose segment id begins with this byte, in no order. */
  list(firstByte: number): Promise<ShardKey[]>
  freeBytes(): Promise<number>
}
