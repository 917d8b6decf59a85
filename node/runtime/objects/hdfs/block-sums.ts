/**
 * The checksum that HDFS should have of a file that is one block, computed from the bytes that were sent.
 *
 * HDFS keeps a CRC-32C for every 512 bytes, made where the bytes enter it and checked at every hop and disk. Asked for the checksum of
 * a file, a data node reads those sums alone and answers with a digest over them. Equal to ours, it says that every byte is there as it
 * was sent, for 4 bytes read in 512 and none moved.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { crc32c } from './crc32c.ts'

const CHUNK_BYTES = 512
const SUM_BYTES = 4
/** HDFS digests the buffer that the digests of the blocks were gathered in, with its unused rest: MD5Hash.digest(getData()). */
const GATHERED_BYTES = 32

/** What GETFILECHECKSUM answers for a file of one block. */
export const ONE_BLOCK_ALGORITHM = 'MD5-of-0MD5-of-512CRC32C'

export class BlockSums {
  readonly #sums: Buffer
  #length = 0
  #open = 0

  /** @param sizeBytes of the whole file; 1/128 of it is kept */
  constructor(sizeBytes: number) {
    this.#sums = Buffer.alloc(Math.ceil(sizeBytes / CHUNK_BYTES) * SUM_BYTES)
  }

  get length(): number {
    return this.#length
  }

  /** @throws {RangeError} more bytes than announced */
  add(bytes: Uint8Array): void {
    let from = 0
    while (from < bytes.length) {
      const inChunk = this.#length % CHUNK_BYTES
      const to = Math.min(bytes.length, from + CHUNK_BYTES - inChunk)
      this.#open = crc32c(bytes, from, to, inChunk === 0 ? 0 : this.#open)
      this.#sums.writeUInt32BE(this.#open, Math.floor(this.#length / CHUNK_BYTES) * SUM_BYTES)
      this.#length += to - from
      from = to
    }
  }

  /** `bytes` of the answer: bytes in a chunk, chunks in a block (0: there is one block), digest. Lower-case hex. */
  fileChecksum(): string {
    const gathered = Buffer.alloc(GATHERED_BYTES)
    md5(this.#sums).copy(gathered)
    const answer = Buffer.alloc(4 + 8)
    answer.writeUInt32BE(CHUNK_BYTES, 0)
    return Buffer.concat([answer, md5(gathered)]).toString('hex')
  }

  equals(other: BlockSums): boolean {
    return this.#length === other.#length && this.#sums.equals(other.#sums)
  }
}

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest()
