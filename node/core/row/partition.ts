/**
 * Partitions: what is placed on members of an epoch. For now a table is one partition; when tables split by the first bits of the
 * row token, the depth comes from the epoch and the bits are hashed in behind the table.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { utf8 } from '../model/bytes.ts'

const PREFIX = utf8('lunarx/partition/1\0')

/** Id of the partition that the rows of this table are in, 32 bytes: SHA-256(prefix ‖ author ‖ table). */
export const partitionOf = (author: Uint8Array, table: Uint8Array, crypto: CryptoEngine): Uint8Array => crypto.sha256(PREFIX, author, table)
