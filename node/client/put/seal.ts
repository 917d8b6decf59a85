/**
 * encrypt → stripe → inject → encode → hash (`@lunarx/core/segment`), then the segment record, signed: what is to be stored of one
 * segment. Every attempt draws its own salt, so that no key ever seals two texts.
 *
 * @module
 */
import type { CryptoEngine, Suite } from '@lunarx/core/crypto'
import { documentId, SEGMENT_RECORD, signDocument, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import type { ErasureEngine } from '@lunarx/core/erasure'
import { readKeySeed, type OwnerKeys } from '@lunarx/core/keys'
import type { ErasureClass } from '@lunarx/core/model'
import { sealSegment, segmentLayout } from '@lunarx/core/segment'
import { slotSeeds } from '@lunarx/core/watermark'
import type { Clock } from '@lunarx/runtime/clock'
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

/** A segment ready to be stored: its shards are the only large thing left of it. */
export interface SealedSet {
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

export async function seal(segment: Segment, { erasureClass, suite, dataKey }: ObjectPlan, deps: SealDeps): Promise<SealedSet> {
  const { keys, clock, random, crypto, erasure } = deps
  const { required, parity, survive, name: className } = erasureClass
  const salt = random.bytes(SALT_BYTES)
  const layout = segmentLayout({ required, parity, plaintextBytes: segment.bytes.length })
  const slotKeys = { positionKeys: keys.slots.map(({ position }) => position), codeKeys: keys.slots.map(({ code }) => code) }
  const seeds = slotSeeds(slotKeys, salt, crypto)
  const secrets = { suite, dataKey, salt, segmentIndex: segment.index, ...seeds }
  const { shards, addresses } = await sealSegment(segment.bytes, layout, secrets, { crypto, erasure })
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
    addresses,
    createdMs: nowMs,
  }
  const signed = signDocument(SEGMENT_RECORD, record, keys.identity)
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
  }
}
