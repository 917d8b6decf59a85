/**
 * Real shards of real sets, as one provider holds them: sealed, coded, with watermarks, under signed records.
 *
 * @module
 */
import { documentId, SEGMENT_RECORD, signDocument, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import { AddressHasher, provePath } from '@lunarx/core/merkle'
import { itemAt, LIMITS } from '@lunarx/core/model'
import type { LeafAnswer } from '@lunarx/core/audit'
import { sealSegment, segmentLayout } from '@lunarx/core/segment'
import { slotSeeds, watermarkPlaces } from '@lunarx/core/watermark'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import { stream } from '../vectors/stream.ts'

export const NETWORK = 'lunarx/audits'
export const CODE = { required: 4, parity: 2 }
const SEGMENT_BYTES = 240_000
const erasure = await loadErasureEngine()
export const code = erasure.code(CODE.required, CODE.parity)

export interface HeldShard {
  readonly record: SegmentRecord
  readonly document: SignedDocument
  readonly segment: Uint8Array
  readonly index: number
  readonly bytes: Uint8Array
  readonly leafHashes: readonly Uint8Array[]
  /** Of the set's watermarks. */
  readonly places: readonly number[]
  readonly codeSeeds: readonly Uint8Array[]
  readonly watermarks: number
}

const keysOf = (name: string): Uint8Array[] => Array.from({ length: LIMITS.trackerSlots }, (_, slot) => stream(`${name} ${slot}`, 32))
const KEYS = { positionKeys: keysOf('position'), codeKeys: keysOf('code') }
/** An owner that seals codes which its slots do not expect. */
const WRONG_KEYS = { ...KEYS, codeKeys: keysOf('other code') }

/** One shard of each of `count` sets. @param isFraming the codes in the shards are not those that the slots were dealt */
export async function holdShards(count: number, isFraming = false): Promise<HeldShard[]> {
  const owner = crypto.signKey(stream('owner', 32))
  const layout = segmentLayout({ ...CODE, plaintextBytes: SEGMENT_BYTES })
  const held: HeldShard[] = []
  for (let set = 0; set < count; set++) {
    const salt = stream(`salt ${set}`, 16)
    const dealt = slotSeeds(KEYS, salt, crypto)
    const sealed = isFraming ? slotSeeds(WRONG_KEYS, salt, crypto) : dealt
    const secrets = { suite: 'aes-256-gcm' as const, dataKey: stream(`key ${set}`, 32), salt, segmentIndex: 0, ...sealed }
    using segment = await sealSegment(new Uint8Array(SEGMENT_BYTES), layout, secrets, { crypto, erasure })
    const index = set % (CODE.required + CODE.parity)
    const bytes = Uint8Array.from(itemAt(segment.shards, index))
    const record: SegmentRecord = {
      network: NETWORK,
      owner: owner.publicKey,
      className: 'default',
      ...CODE,
      survive: 1,
      shardBytes: bytes.length,
      salt,
      birthRound: 0,
      readKey: owner.publicKey,
      addresses: segment.addresses.map((address) => Uint8Array.from(address)),
      createdMs: 0,
    }
    const document = signDocument(SEGMENT_RECORD, record, owner)
    held.push({
      record,
      document,
      segment: documentId(SEGMENT_RECORD, document, crypto),
      index,
      bytes,
      leafHashes: new AddressHasher(crypto).update(bytes).leafHashes(),
      places: watermarkPlaces(layout.dataShardBytes, dealt.positionSeeds, crypto),
      codeSeeds: dealt.codeSeeds,
      watermarks: layout.watermarks,
    })
  }
  return held
}

export const leafOf = (bytes: Uint8Array, leaf: number): Uint8Array =>
  bytes.subarray(leaf * LIMITS.leafBytes, (leaf + 1) * LIMITS.leafBytes)

/** The right answer, from what the tree says and from these bytes. */
export const proofFrom = ({ leafHashes }: HeldShard, bytes: Uint8Array, leaf: number): NonNullable<LeafAnswer['proof']> => ({
  bytes: leafOf(bytes, leaf),
  path: provePath(leafHashes, leaf, 1, crypto),
})
