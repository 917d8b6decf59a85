/**
 * What a tracker remembers of the beacon: its own part in the round that is being made, and values and proofs of rounds that were.
 *
 * b ‖ round, 8 bytes → its part · v ‖ round → value, 32 bytes · d ‖ round → proof, at most 56 KiB. Bounded by age.
 *
 * @module
 */
import { encodeBeaconProof, type BeaconRoundProof } from '@lunarx/core/audit'
import { encodeBytes, parseBytes, signedDocument } from '@lunarx/core/document'
import { fixedBytes, concatBytes, utf8 } from '@lunarx/core/model'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { OwnPart } from './take-part.ts'

const PART = utf8('b')
const AFTER_PARTS = utf8('c')
const PROOF = utf8('d')
const VALUE = utf8('v')
const AFTER_VALUES = utf8('w')

/** A release before had no closings. */
const partSchema = z.object({ random: fixedBytes(32), set: signedDocument.nullable(), closing: signedDocument.nullable().default(null) })

export class BeaconMemory {
  readonly #store: KeyValueStore
  readonly #values = new Map<number, Uint8Array>()

  private constructor(store: KeyValueStore) {
    this.#store = store
  }

  static async open(store: KeyValueStore): Promise<BeaconMemory> {
    const memory = new BeaconMemory(store)
    const kept = await store.scan({ from: VALUE, until: AFTER_VALUES, limit: 2 * TRACKER_LIMITS.audit.beaconRounds })
    for (const { key, value } of kept) memory.#values.set(roundOf(key), value)
    return memory
  }

  valueOf(round: number): Uint8Array | undefined {
    return this.#values.get(round)
  }

  /** As `lunarx verify` takes it. Undefined: the round had no value, or it is not known here. */
  async proofOf(round: number): Promise<Uint8Array | undefined> {
    return await this.#store.get(keyOf(PROOF, round))
  }

  async partIn(round: number): Promise<OwnPart | undefined> {
    const kept = await this.#store.get(keyOf(PART, round))
    return kept && parseBytes(partSchema, kept)
  }

  /** Durable when it resolves. Parts in rounds before the one before are forgotten. */
  async keepPart(round: number, part: OwnPart): Promise<void> {
    const older = await this.#store.scan({ from: PART, until: AFTER_PARTS, limit: TRACKER_LIMITS.audit.beaconRounds })
    const gone = older.filter(({ key }) => roundOf(key) < round - 1).map(({ key }) => ({ remove: key }))
    await this.#store.write([{ put: keyOf(PART, round), value: encodeBytes(part) }, ...gone])
  }

  /** Both durable when it resolves; a proof that is longer than one can be is left out. */
  async keepValue(round: number, value: Uint8Array, proof: BeaconRoundProof): Promise<void> {
    this.#values.set(round, value)
    const gone = [...this.#values.keys()].filter((old) => old < round - TRACKER_LIMITS.audit.beaconRounds)
    for (const old of gone) this.#values.delete(old)
    const proven = encodeBeaconProof(proof)
    const isKept = proven.length <= TRACKER_LIMITS.audit.beaconProofBytes
    await this.#store.write([
      { put: keyOf(VALUE, round), value },
      ...(isKept ? [{ put: keyOf(PROOF, round), value: proven }] : []),
      ...gone.flatMap((old) => [{ remove: keyOf(VALUE, old) }, { remove: keyOf(PROOF, old) }]),
    ])
  }
}

function keyOf(kind: Uint8Array, round: number): Uint8Array {
  const number = new Uint8Array(8)
  new DataView(number.buffer).setBigUint64(0, BigInt(round))
  return concatBytes(kind, number)
}

const roundOf = (key: Uint8Array): number => Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1))
