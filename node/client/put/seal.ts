/**
 * encrypt → stripe → inject → encode → hash (`@lunarx/core/segment`), then the segment record, signed: what is to be stored of one
 * segment. Every attempt draws its own salt, so that no key ever seals two texts; only a text that is known to be the same one is
 * sealed again under the salt of before.
 *
 * @module
 */
import type { CryptoEngine, Suite } from '@lunarx/core/crypto'
import { documentId, readDocument, SEGMENT_RECORD, signDocument, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import type { ErasureEngine } from '@lunarx/core/erasure'
import { readKeySeed, type OwnerKeys } from '@lunarx/core/keys'
import { equalBytes, itemAt, type ErasureClass } from '@lunarx/core/model'
import { sealSegment, segmentLayout } from '@lunarx/core/segment'
import { slotSeeds } from '@lunarx/core/watermark'
import { slicesOf, type Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import type { Segment } from './split.ts'

const SALT_BYTES = 16
/** A sweep asks every set once in 14 days; rounds are numbered from 1970. */
const AUDIT_ROUND_MS = 14 * 24 * 3_600_000

/** One object being stored. */
export interface ObjectPlan {
  readonly erasureClass: ErasureClass
  readonly suite: Suite
  /** Random, 32 bytes. */
  readonly dataKey: Uint8Array
}

/** What an earlier attempt at the same plaintext left. */
export interface EarlierSeal {
  readonly salt: Uint8Array
  readonly record: SignedDocument
}

/** A segment ready to be stored: its shards are the only large thing left of it. Disposing of it gives their memory back. */
export interface SealedSet extends Disposable {
  readonly id: Uint8Array
  readonly record: SignedDocument
  readonly required: number
  readonly salt: Uint8Array
  readonly plaintextBytes: number
  readonly positionSeeds: readonly Uint8Array[]
  readonly addresses: readonly Uint8Array[]
  /** The n shards in order of index. */
  readonly shards: readonly Uint8Array[]
  /** That no other segment follows. */
  readonly isLast: boolean
}

export interface SealDeps {
  readonly network: { readonly network: string }
  readonly keys: OwnerKeys
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
  readonly erasure: ErasureEngine
}

/** @param earlier for the very same plaintext: gives the very same shards, under the same record */
export async function seal(
  segment: Segment,
  { erasureClass, suite, dataKey }: ObjectPlan,
  deps: SealDeps,
  signal: AbortSignal,
  earlier?: EarlierSeal,
): Promise<SealedSet> {
  const { keys, clock, random, crypto, erasure } = deps
  const { required, parity, survive, name: className } = erasureClass
  const salt = earlier?.salt ?? random.bytes(SALT_BYTES)
  const layout = segmentLayout({ required, parity, plaintextBytes: segment.bytes.length })
  const seeds = seedsOf(keys, salt, crypto)
  const secrets = { suite, dataKey, salt, segmentIndex: segment.index, ...seeds }
  const sealed = await sealSegment(segment.bytes, layout, secrets, { crypto, erasure }, slicesOf(clock, signal))
  const { shards, addresses } = sealed
  const nowMs = clock.now()
  const record: SegmentRecord = {
    network: deps.network.network,
    owner: keys.identity.publicKey,
    className,
    required,
    parity,
    survive,
    shardBytes: layout.shardBytes,
    salt,
    birthRound: Math.floor(nowMs / AUDIT_ROUND_MS),
    readKey: crypto.signKey(readKeySeed(dataKey, salt, crypto)).publicKey,
    addresses: [...addresses],
    createdMs: nowMs,
  }
  const signed = earlier ? sameSet(earlier.record, addresses) : signDocument(SEGMENT_RECORD, record, keys.identity)
  return {
    id: documentId(SEGMENT_RECORD, signed, crypto),
    record: signed,
    required,
    salt,
    plaintextBytes: layout.plaintextBytes,
    positionSeeds: seeds.positionSeeds,
    addresses,
    shards,
    isLast: segment.isLast,
    [Symbol.dispose]: () => sealed[Symbol.dispose](),
  }
}

/** Of the watermarks of the set with this salt. */
export function seedsOf(keys: OwnerKeys, salt: Uint8Array, crypto: CryptoEngine): ReturnType<typeof slotSeeds> {
  const slotKeys = { positionKeys: keys.slots.map(({ position }) => position), codeKeys: keys.slots.map(({ code }) => code) }
  return slotSeeds(slotKeys, salt, crypto)
}

function sameSet(record: SignedDocument, addresses: readonly Uint8Array[]): SignedDocument {
  const { addresses: before } = readDocument(SEGMENT_RECORD, record)
  if (before.length !== addresses.length || before.some((one, index) => !equalBytes(one, itemAt(addresses, index))))
    throw new RangeError('a segment that was sealed again has other shards')
  return record
}
