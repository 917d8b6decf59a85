/**
 * Erasure sets put and read by hand: seal, reserve, store, commit, locate, retrieve, each as one exchange.
 *
 * @module
 */
import {
  documentId,
  KEEP,
  LEAVES_ONLY,
  READ_REQUEST,
  SEGMENT_RECORD,
  signDocument,
  TOMBSTONE,
  type SignedDocument,
} from '@lunarx/core/document'
import type { SignKey } from '@lunarx/core/crypto'
import { address } from '@lunarx/core/merkle'
import { concatBytes, type PeerAddress } from '@lunarx/core/model'
import type { Body } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { bury, commit, keep, leavesOnly, locate, reserve, retrieve, store, unpackHolders, type Exchange, type Placed } from '@lunarx/wire'
import type { Fleet } from './fleet.ts'

export interface SealedSet {
  readonly id: Uint8Array
  readonly record: SignedDocument
  readonly shards: readonly Uint8Array[]
  readonly addresses: readonly Uint8Array[]
  readonly owner: SignKey
  readonly readKey: SignKey
}

export interface SetShape {
  readonly required?: number
  readonly parity?: number
  readonly survive?: number
  readonly className?: string
  readonly network?: string
  readonly shardBytes?: number
}

/** A set of random bytes; nothing is stored. */
export function sealSet(
  fleet: Fleet,
  { required = 4, parity = 2, survive = 1, className = 'standard', network = fleet.config.network, shardBytes = 20_000 }: SetShape = {},
): SealedSet {
  const [owner, readKey] = [crypto.signKey(fleet.random.bytes(32)), crypto.signKey(fleet.random.bytes(32))]
  const data = Array.from({ length: required }, () => fleet.random.bytes(shardBytes))
  const shards = [...data, ...fleet.client.platform.erasure.code(required, parity).encode(data)]
  const addresses = shards.map((shard) => address(shard, crypto))
  const value = {
    network,
    owner: owner.publicKey,
    className,
    required,
    parity,
    survive,
    shardBytes,
    salt: fleet.random.bytes(16),
    birthRound: 0,
  }
  const record = signDocument(SEGMENT_RECORD, { ...value, readKey: readKey.publicKey, addresses, createdMs: fleet.clock.now() }, owner)
  return { id: documentId(SEGMENT_RECORD, record, crypto), record, shards, addresses, owner, readKey }
}

/** Asks as the client and closes what is behind the answer. */
export async function ask<Q, A>(fleet: Fleet, to: PeerAddress, exchange: Exchange<Q, A>, question: Q, body?: Body): Promise<A> {
  const { answer, body: rest } = await fleet.client.peers.ask(to, exchange, question, body ? { body } : {})
  await rest[Symbol.asyncIterator]().return?.()
  return answer
}

export const reserveSet = (fleet: Fleet, set: SealedSet, tracker: PeerAddress, wanted: number[] = [], avoid: string[] = []) =>
  ask(fleet, tracker, reserve, { record: set.record, wanted, avoid })

export async function storeShards(fleet: Fleet, set: SealedSet, placed: readonly Placed[]): Promise<void> {
  await Promise.all(
    placed.map(({ index, provider, key }) =>
      ask(fleet, provider, store, { key, record: set.record, offset: 0 }, bodyOf(set.shards[index])),
    ),
  )
}

/** reserve → store → commit → keep at one tracker. */
export async function putSet(fleet: Fleet, set: SealedSet, tracker: PeerAddress = fleet.config.trackers[0] as PeerAddress) {
  const { placed } = await reserveSet(fleet, set, tracker)
  await storeShards(fleet, set, placed)
  const { held, margin } = await ask(fleet, tracker, commit, { segment: set.id })
  await keepSet(fleet, set, tracker)
  return { placed, held, margin }
}

/** The owner's keep: what a tracker says of it. */
export async function keepSet(
  fleet: Fleet,
  set: Pick<SealedSet, 'id' | 'owner'>,
  tracker: PeerAddress = fleet.config.trackers[0] as PeerAddress,
  owner: SignKey = set.owner,
) {
  const value = { network: fleet.config.network, owner: owner.publicKey, segment: set.id, keptMs: fleet.clock.now() }
  const { outcomes } = await ask(fleet, tracker, keep, { keeps: [signDocument(KEEP, value, owner)], records: [] })
  return outcomes[0]
}

/** The owner's order that it is asked for leaves only: what a tracker says of it. */
export async function orderLeavesOnly(
  fleet: Fleet,
  set: Pick<SealedSet, 'id' | 'owner'>,
  tracker: PeerAddress = fleet.config.trackers[0] as PeerAddress,
  owner: SignKey = set.owner,
) {
  const value = { network: fleet.config.network, owner: owner.publicKey, segment: set.id, orderedMs: fleet.clock.now() }
  const { outcomes } = await ask(fleet, tracker, leavesOnly, { orders: [signDocument(LEAVES_ONLY, value, owner)] })
  return outcomes[0]
}

export async function locateSet(fleet: Fleet, set: SealedSet, tracker: PeerAddress = fleet.config.trackers[0] as PeerAddress) {
  const { providers, found } = await ask(fleet, tracker, locate, { segments: [set.id], records: true })
  const [located] = found
  if (!located) throw new Error('locate left out a set')
  const holders = unpackHolders(located.holders, providers)
  return { ...located, holders: holders.map(({ index, provider: { address: provider, state } }) => ({ index, provider, state })) }
}

export const burySet = (
  fleet: Fleet,
  set: SealedSet,
  tracker: PeerAddress = fleet.config.trackers[0] as PeerAddress,
  owner: SignKey = set.owner,
) =>
  ask(fleet, tracker, bury, {
    tombstones: [
      signDocument(
        TOMBSTONE,
        { network: fleet.config.network, owner: owner.publicKey, segment: set.id, deletedMs: fleet.clock.now() },
        owner,
      ),
    ],
  })

/** The bytes of one shard as its holder gives them. */
export async function readShard(fleet: Fleet, set: SealedSet, index: number, provider: PeerAddress): Promise<Uint8Array> {
  const request = signDocument(
    READ_REQUEST,
    { segment: set.id, index, reader: fleet.client.peers.self, expiresMs: fleet.clock.now() + 60_000 },
    set.readKey,
  )
  const { body } = await fleet.client.peers.ask(provider, retrieve, {
    segment: set.id,
    index,
    offset: 0,
    length: 0,
    authority: { kind: 'reader', request },
  })
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk.slice())
  return concatBytes(...chunks)
}

async function* bodyOf(bytes: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (bytes) yield bytes
}
