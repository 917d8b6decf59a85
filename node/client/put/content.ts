/**
 * What the manifest says of the sets that were stored. Pure, the wrapping of the data key apart.
 *
 * @module
 */
import { keyCommitment, wrapDataKey, type CryptoEngine } from '@lunarx/core/crypto'
import type { OwnerKeys } from '@lunarx/core/keys'
import type { PeerAddress } from '@lunarx/core/model'
import type { Random } from '@lunarx/runtime/random'
import type { ManifestSegment, StoredSets } from '../manifest/index.ts'
import type { ObjectPlan, SealedSet } from './seal.ts'

/** A set that all its holders have confirmed. */
export interface StoredSet extends Omit<SealedSet, 'shards' | 'record'> {
  readonly holders: ReadonlyMap<number, PeerAddress>
}

export interface ContentDeps {
  readonly keys: OwnerKeys
  readonly random: Random
  readonly crypto: CryptoEngine
}

export async function contentOf(sets: readonly StoredSet[], plan: ObjectPlan, { keys, random, crypto }: ContentDeps): Promise<StoredSets> {
  const holders = new Map<string, { place: number; address: PeerAddress }>()
  const placeOf = (address: PeerAddress | undefined): number => {
    if (!address) return -1
    const key = JSON.stringify([address.peer, address.host, address.controlPort, address.dataPort])
    const known = holders.get(key) ?? { place: holders.size, address }
    holders.set(key, known)
    return known.place
  }
  const segments = sets.map((set): ManifestSegment => ({
    id: set.id,
    salt: set.salt,
    plaintextBytes: set.plaintextBytes,
    addresses: [...set.addresses],
    positionSeeds: [...set.positionSeeds],
    holders: set.addresses.map((_, index) => placeOf(set.holders.get(index))),
  }))
  return {
    kind: 'sets',
    suite: plan.suite,
    required: plan.erasureClass.required,
    parity: plan.erasureClass.parity,
    wrappedDataKey: await wrapDataKey(keys.wrappingKey, plan.dataKey, random.bytes(12), crypto),
    keyCommitment: keyCommitment(plan.dataKey, crypto),
    segments,
    holders: [...holders.values()].map(({ address }) => address),
  }
}
