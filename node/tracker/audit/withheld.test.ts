/**
 * Leaves that owners have trackers ask for, of real trackers and providers in one process.
 */
import type { SignKey } from '@lunarx/core/crypto'
import { LISTING, signDocument, type Listing } from '@lunarx/core/document'
import { itemAt, LIMITS, type PeerAddress } from '@lunarx/core/model'
import { verifyDraw } from '@lunarx/core/proof'
import { address } from '@lunarx/core/merkle'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { readWithheld, WITHHELD_LEAVES } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { isSilent, liar, withholds } from '../../../test/fleet/liars.ts'
import { ask, putSet, readShard, sealSet, type SealedSet } from '../../../test/fleet/sets.ts'
import { TRACKER_LIMITS } from '../limits.ts'

/** Draws are rare beside what owners ask. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 864_000_000 }
const SHARD_LEAVES = 40
const LEAVES = Array.from({ length: SHARD_LEAVES }, (_, leaf) => leaf)

async function started(disguise: NonNullable<Parameters<typeof Fleet.start>[0]['disguise']>) {
  const fleet = await Fleet.start({ seed: 1, network: { audit: AUDIT }, disguise })
  await fleet.clock.runFor(30_000)
  const set = sealSet(fleet, { shardBytes: SHARD_LEAVES * LIMITS.leafBytes - 5 })
  const { placed } = await fleet.run(putSet(fleet, set))
  await fleet.clock.runFor(30_000) // inventories reach all trackers
  return { fleet, set, holder: placed.find(({ index }) => index === 0)?.provider }
}

interface Asking extends Partial<Listing> {
  readonly leaves?: readonly number[]
  readonly index?: number
  readonly tracker?: number
  readonly signKey?: SignKey
}

/** As the owner would, unless told otherwise. */
function askLeaves(fleet: Fleet, set: SealedSet, { leaves = [0], index = 0, tracker = 0, signKey = set.owner, ...other }: Asking = {}) {
  const { client, clock, config } = fleet
  const listing = { network: config.network, owner: set.owner.publicKey, reader: client.peers.self, expiresMs: clock.now() + 60_000 }
  const question = {
    listing: signDocument(LISTING, { ...listing, ...other }, signKey),
    segment: set.id,
    index,
    leaves: [...leaves],
  }
  return fleet.run(ask(fleet, itemAt(config.trackers, tracker), readWithheld, question))
}

const contained = (fleet: Fleet): number =>
  fleet.runningTrackers.reduce((sum, tracker) => sum + (tracker.status().audit?.contained ?? 0), 0)

test('a holder that gives its shard to nobody: its owner has every leaf of any tracker, nobody else has one', async (t) => {
  const { fleet, set, holder } = await started((_, peers) => withholds(peers))
  await using _ = fleet
  await t.throwsAsync(fleet.run(readShard(fleet, set, 0, holder as PeerAddress)), { code: 'UNAUTHORIZED' })
  const shard = itemAt(set.shards, 0)
  const pinned = { address: address(shard, crypto), shardBytes: shard.length }
  const parts = [LEAVES.slice(0, WITHHELD_LEAVES), LEAVES.slice(WITHHELD_LEAVES)]
  for (const [tracker, leaves] of parts.entries()) {
    const { proofs } = await askLeaves(fleet, set, { tracker, leaves })
    t.deepEqual(
      proofs.map(({ leaf }) => leaf),
      leaves,
    )
    for (const { leaf, ...proof } of proofs) {
      t.true(verifyDraw(leaf, proof, pinned, crypto))
      t.deepEqual(proof.bytes, shard.slice(leaf * LIMITS.leafBytes, (leaf + 1) * LIMITS.leafBytes))
    }
  }

  const stranger = crypto.signKey(fleet.random.bytes(32))
  const refused = [
    [{ owner: stranger.publicKey, signKey: stranger }, 'UNAUTHORIZED'],
    [{ signKey: stranger }, 'BAD_SIGNATURE'],
    [{ reader: holder?.peer ?? '' }, 'UNAUTHORIZED'],
    [{ network: 'other/net' }, 'UNAUTHORIZED'],
    [{ expiresMs: fleet.clock.now() - 1 }, 'UNAUTHORIZED'],
    [{ leaves: [0, SHARD_LEAVES] }, 'BAD_MESSAGE'],
    [{ index: 6 }, 'BAD_MESSAGE'],
  ] as const
  for (const [asking, code] of refused) await t.throwsAsync(askLeaves(fleet, set, asking), { code }, code)
  await t.throwsAsync(askLeaves(fleet, sealSet(fleet)), { code: 'UNKNOWN_SET' })
  t.is(contained(fleet), 0)
  t.deepEqual(fleet.defects, [])
})

test('so many leaves of a provider in a minute, and no more; of other providers, by other trackers, and a minute later there are some', async (t) => {
  const { fleet, set } = await started((_, peers) => peers)
  await using _ = fleet
  const leaves = LEAVES.slice(0, WITHHELD_LEAVES)
  const { withheldOfProvider } = TRACKER_LIMITS.audit
  let given = 0
  const more = async (asking: Asking = {}): Promise<number> => (await askLeaves(fleet, set, { leaves, ...asking })).proofs.length
  for (let full = 0; full < Math.floor(withheldOfProvider / WITHHELD_LEAVES); full++) given += await more()
  const rest = await more()
  t.true(rest < WITHHELD_LEAVES)
  t.is(given + rest, withheldOfProvider)
  await t.throwsAsync(more(), { code: 'TOO_MANY_REQUESTS' })
  t.deepEqual([await more({ index: 1 }), await more({ tracker: 1 })], [WITHHELD_LEAVES, WITHHELD_LEAVES])
  await fleet.clock.runFor(60_000)
  t.is(await more(), WITHHELD_LEAVES)
})

test('a holder that keeps silent to trackers too is contained, though nothing of it was drawn', async (t) => {
  const { fleet, set } = await started((_, peers, signKey) => withholds(liar(peers, signKey, isSilent)))
  await using _ = fleet
  const before = contained(fleet)
  t.deepEqual(await askLeaves(fleet, set, { leaves: LEAVES.slice(0, 8) }), { proofs: [] })
  t.is(contained(fleet), before + 1)
})
