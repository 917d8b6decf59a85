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
/** Holds the footer of a shard of 8 MiB with a record of 40 addresses. */
const END_BYTES = 24 * 1024

export function encodeFooter({ record, leafHashes }: ShardSeal): Uint8Array {
  const encoded = encodeBytes(record)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, encoded.length)
  return concatBytes(...leafHashes, encoded, length, MAGIC)
}

/** A shard file, wherever it lies. */
export interface ShardFile {
  /** Fills `into` with the end of the file, or with all of it where it is shorter. Undefined: there is none. */
  readEnd(into: Uint8Array): Promise<{ readonly sizeBytes: number; readonly readBytes: number } | undefined>
  /** Bytes read; 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>
}

export interface Footer {
  readonly record: SegmentRecord
  readonly document: SignedDocument
  leafHashes(): Promise<Uint8Array[]>
}

/**
 * Reads the record of a shard file and checks that it is the one the file is named for, and that the length fits. The end of the file,
 * where the record and mostly all leaf hashes are, is read at once: one question, not one for each field. Undefined: there is no file.
 * @throws {LunarError} SHARD_DAMAGED; STORE_FAILED when it cannot be read
 */
export async function readFooter(file: ShardFile, key: ShardKey, crypto: CryptoEngine): Promise<Footer | undefined> {
  const into = new Uint8Array(END_BYTES)
  const end = await file.readEnd(into)
  if (!end) return undefined
  const fileBytes = end.sizeBytes
  const read = partsOf(file, into.subarray(0, end.readBytes), Math.max(0, fileBytes - END_BYTES))
  const trailer = await read(fileBytes - TRAILER_BYTES, TRAILER_BYTES)
  const recordBytes = new DataView(trailer.buffer, trailer.byteOffset).getUint32(0)
  if (!equalBytes(trailer.subarray(4), MAGIC)) throw damaged('no trailer')
  const footer = openRecord(await read(fileBytes - TRAILER_BYTES - recordBytes, recordBytes))
  if (!equalBytes(documentId(SEGMENT_RECORD, footer.document, crypto), key.segment)) throw damaged('record of another set')
  const { shardBytes } = footer.record
  const leaves = leafCount(shardBytes)
  if (fileBytes !== shardBytes + HASH_BYTES * leaves + recordBytes + TRAILER_BYTES) throw damaged('length')
  return {
    ...footer,
    async leafHashes() {
      const bytes = await read(shardBytes, HASH_BYTES * leaves)
      return Array.from({ length: leaves }, (_, leaf) => bytes.subarray(HASH_BYTES * leaf, HASH_BYTES * (leaf + 1)))
    },
  }
}

type ReadPart = (position: number, length: number) => Promise<Uint8Array<ArrayBuffer>>

/** Parts of a file, out of its end as far as that has them. */
function partsOf(file: ShardFile, end: Uint8Array<ArrayBuffer>, endsFrom: number): ReadPart {
  return (position, length) => {
    const at = position - endsFrom
    if (at >= 0 && at + length <= end.length) return Promise.resolve(end.subarray(at, at + length))
    return readExactly(file, position, length)
  }
}

function openRecord(encoded: Uint8Array): Pick<Footer, 'record' | 'document'> {
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
