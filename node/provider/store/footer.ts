/**
 * The end of a shard file: shard ‖ leaf hashes ‖ record (DAG-CBOR) ‖ its length, 4 bytes big-endian ‖ `LNX1`.
 *
 * The bytes of the shard come first, at their own positions. Nothing in it depends on who stored it when: the same shard makes the
 * same file everywhere. The leaf hashes (0.2 %) spare a range read from hashing the whole shard.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import {
  documentId,
  encodeBytes,
  parseBytes,
  readDocument,
  SEGMENT_RECORD,
  signedDocument,
  type SegmentRecord,
  type SignedDocument,
} from '@lunarx/core/document'
import { leafCount } from '@lunarx/core/merkle'
import { concatBytes, equalBytes, LIMITS, LunarError, utf8 } from '@lunarx/core/model'
import type { ShardKey, ShardSeal } from './shard-store.ts'

const MAGIC = utf8('LNX1')
const TRAILER_BYTES = 8
const HASH_BYTES = 32

export function encodeFooter({ record, leafHashes }: ShardSeal): Uint8Array {
  const encoded = encodeBytes(record)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, encoded.length)
  return concatBytes(...leafHashes, encoded, length, MAGIC)
}

/** A shard file, wherever it lies. */
export interface ShardFile {
  size(): Promise<number>
  /** Bytes read; 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>
}

export interface Footer {
  readonly record: SegmentRecord
  readonly document: SignedDocument
}

/**
 * Reads the record of a shard file and checks that it is the one the file is named for, and that the length fits.
 * @throws {LunarError} SHARD_DAMAGED; STORE_FAILED when it cannot be read
 */
export async function readFooter(file: ShardFile, key: ShardKey, crypto: CryptoEngine): Promise<Footer> {
  const fileBytes = await file.size()
  const trailer = await readExactly(file, fileBytes - TRAILER_BYTES, TRAILER_BYTES)
  const recordBytes = new DataView(trailer.buffer).getUint32(0)
  if (!equalBytes(trailer.subarray(4), MAGIC)) throw damaged('no trailer')
  const encoded = await readExactly(file, fileBytes - TRAILER_BYTES - recordBytes, recordBytes)
  const footer = openRecord(encoded)
  if (!equalBytes(documentId(SEGMENT_RECORD, footer.document, crypto), key.segment)) throw damaged('record of another set')
  const { shardBytes } = footer.record
  if (fileBytes !== shardBytes + HASH_BYTES * leafCount(shardBytes) + recordBytes + TRAILER_BYTES) throw damaged('length')
  return footer
}

export async function readLeafHashes(file: ShardFile, shardBytes: number): Promise<Uint8Array[]> {
  const leaves = leafCount(shardBytes)
  const bytes = await readExactly(file, shardBytes, HASH_BYTES * leaves)
  return Array.from({ length: leaves }, (_, leaf) => bytes.subarray(HASH_BYTES * leaf, HASH_BYTES * (leaf + 1)))
}

function openRecord(encoded: Uint8Array): Footer {
  try {
    const document = parseBytes(signedDocument, encoded)
    return { document, record: readDocument(SEGMENT_RECORD, document) }
  } catch (cause) {
    throw damaged('record', cause)
  }
}

async function readExactly(file: ShardFile, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  if (position < 0 || length > LIMITS.segmentInFlightBytes) throw damaged('length')
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const read = await file.read(bytes.subarray(filled), position + filled)
    if (read === 0) throw damaged('truncated')
    filled += read
  }
  return bytes
}

const damaged = (what: string, cause?: unknown): LunarError =>
  new LunarError('SHARD_DAMAGED', 'a shard file is damaged', { detail: { what }, cause })
