/**
 * encrypt → stripe → inject → encode → hash (`@lunarx/core/segment`), then the segment record, signed: what is to be stored of one
 * segment. Every attempt draws its own salt, so that no key ever seals two texts; only a text that is known to be the same one is
 * sealed again under the salt of before.
 *
 * @module
 */
import { sweepRoundAt } from '@lunarx/core/audit'
import { copyKey, type CryptoEngine, type Suite } from '@lunarx/core/crypto'
import { documentId, SEGMENT_RECORD, signDocument, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import type { ErasureEngine } from '@lunarx/core/erasure'
import { readKeySeed, type OwnerKeys } from '@lunarx/core/keys'
import type { NetworkConfig } from '@lunarx/core/membership'
import { equalBytes, type ErasureClass } from '@lunarx/core/model'
import { sealSegment, segmentLayout } from '@lunarx/core/segment'
import { slotSeeds } from '@lunarx/core/watermark'
import { slicesOf, type Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import type { Segment } from './split.ts'

const SALT_BYTES = 16

/** How the sets of one object are sealed, or of one backup copy of it. */
export interface ObjectPlan {
  readonly erasureClass: Pick<ErasureClass, 'name' | 'required' | 'parity' | 'survive'>
  readonly suite: Suite
  /** Of the object: random, 32 bytes. */
  readonly dataKey: Uint8Array
  /** Which backup copy; 0: the object itself. */
  readonly copy: number
}

/** What an earlier attempt at the same plaintext left. */
export interface EarlierSeal {
  readonly salt: Uint8Array
  readonly createdMs: number
  /** Of the set's record. */
  readonly id: Uint8Array
}

/** A segment ready to be stored: its shards are the only large thing left of it. Disposing of it gives their memory back. */
export interface SealedSet extends Disposable {
  readonly id: Uint8Array
  readonly record: SignedDocument
  readonly copy: number
  readonly createdMs: number
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
  readonly network: Pick<NetworkConfig, 'network' | 'audit'>
  readonly keys: OwnerKeys
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
  readonly erasure: ErasureEngine
}

/** What is sealed: a segment, or a node of the manifest. */
export type Sealable = Pick<Segment, 'index' | 'bytes' | 'isLast'>

/**
 * @param earlier for the very same plaintext: gives the very same shards, under the same record
 * @throws {RangeError} the plaintext is not the one of before, or was sealed in another way
 */
export async function seal(
  segment: Sealable,
  plan: ObjectPlan,
  deps: SealDeps,
  signal: AbortSignal,
  earlier?: EarlierSeal,
): Promise<SealedSet> {
  const { keys, clock, random, crypto, erasure } = deps
  const { erasureClass, suite, copy } = plan
  const { required, parity } = erasureClass
  const salt = earlier?.salt ?? random.bytes(SALT_BYTES)
  const dataKey = copyKey(plan.dataKey, copy, crypto)
  const layout = segmentLayout({ required, parity, plaintextBytes: segment.bytes.length })
  const seeds = seedsOf(keys, salt, crypto)
  const secrets = { suite, dataKey, salt, segmentIndex: segment.index, ...seeds }
  const sealed = await sealSegment(segment.bytes, layout, secrets, { crypto, erasure }, slicesOf(clock, signal))
  const { shards, addresses } = sealed
  const createdMs = earlier?.createdMs ?? clock.now()
  const readKey = crypto.signKey(readKeySeed(dataKey, salt, crypto)).publicKey
  const { shardBytes } = layout
  const record = signDocument(SEGMENT_RECORD, recordOf({ salt, addresses, createdMs, readKey, shardBytes }, plan, deps), keys.identity)
  const id = documentId(SEGMENT_RECORD, record, crypto)
  if (earlier && !equalBytes(id, earlier.id)) throw new RangeError('a segment that was sealed again has another record')
  return {
    id,
    record,
    copy,
    createdMs,
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

type RecordDraft = Pick<SegmentRecord, 'salt' | 'createdMs' | 'readKey' | 'shardBytes'> & { readonly addresses: readonly Uint8Array[] }

/** Nothing in it but what follows from keys, plan, plaintext, salt and time: so it can be made again, bit for bit. */
function recordOf(
  { salt, createdMs, readKey, shardBytes, addresses }: RecordDraft,
  { erasureClass: { name: className, required, parity, survive }, copy }: ObjectPlan,
  { network, keys }: SealDeps,
): SegmentRecord {
  return {
    network: network.network,
    owner: keys.identity.publicKey,
    className,
    required,
    parity,
    survive,
    shardBytes,
    salt,
    birthRound: sweepRoundAt(createdMs, network.audit?.sweepMs),
    readKey,
    addresses: [...addresses],
    createdMs,
    ...(copy > 0 ? { copy } : {}),
  }
}

/** Of the watermarks of the set with this salt. */
export function seedsOf(keys: OwnerKeys, salt: Uint8Array, crypto: CryptoEngine): ReturnType<typeof slotSeeds> {
  const slotKeys = { positionKeys: keys.slots.map(({ position }) => position), codeKeys: keys.slots.map(({ code }) => code) }
  return slotSeeds(slotKeys, salt, crypto)
}
