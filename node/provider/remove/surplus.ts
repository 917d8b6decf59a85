/**
 * surplus: a tracker's signed order → the same shard read from its other holder → address checked → the own one goes.
 *
 * A provider believes no tracker that a shard is one too many: it reads the twin, whole, and compares with the address that the
 * owner signed. One that is giving way itself answers no such reading (`giving-way.ts`), so that no orders to honest providers,
 * however false or many at once, remove the last one; nor does one that is being drained: it will not stay.
 *
 * @module
 */
import type { SegmentRecord } from '@lunarx/core/document'
import { AddressHasher } from '@lunarx/core/merkle'
import type { PeerId } from '@lunarx/core/membership'
import { equalBytes, hexOf, LunarError } from '@lunarx/core/model'
import type { Asked, Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import { retrieve, type QuestionOf, type surplus } from '@lunarx/wire'
import { openGrant } from '../retrieve/index.ts'
import type { ShardKey } from '../store/index.ts'
import type { DiscardDeps } from './discard.ts'
import { dropShard } from './drop-shard.ts'
import type { GivingWay } from './giving-way.ts'

export interface SurplusDeps extends DiscardDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly givingWay: GivingWay
  readonly isTracker: (peer: PeerId) => boolean
}

/**
 * @returns false if the shard was not here
 * @throws {LunarError} UNAUTHORIZED; GIVING_WAY: by another order; BAD_MESSAGE: the twin is this provider, or none; BAD_ADDRESS: the twin's
 * bytes are wrong; whatever the twin answers
 */
export async function removeSurplus(
  { order, twin }: QuestionOf<typeof surplus>,
  { session, signal }: Asked,
  deps: SurplusDeps,
): Promise<boolean> {
  const { peers, catalog, clock, log } = deps
  const grant = openGrant(order, session, deps)
  const key = { segment: grant.segment, index: grant.index }
  if (grant.purpose !== 'give-way' || grant.reader !== peers.self || grant.expiresMs <= clock.now())
    throw new LunarError('UNAUTHORIZED', 'the order is for something else, for another provider, or has expired')
  if (twin.peer === peers.self) throw new LunarError('BAD_MESSAGE', 'a provider is no other holder of its own shard')
  using _ = deps.givingWay.begin(key)
  const record = await recordOf(key, deps)
  const address = record?.addresses[key.index]
  if (!record || !address) return false

  const hasher = new AddressHasher(deps.crypto)
  const question = { ...key, offset: 0, length: 0, authority: { kind: 'grant' as const, grant: order } }
  const { body, session: holder } = await peers.ask(twin, retrieve, question, { signal })
  if (holder.credential.role !== 'provider') {
    await body[Symbol.asyncIterator]().return?.()
    throw new LunarError('BAD_MESSAGE', 'only a provider holds shards', { detail: { role: holder.credential.role } })
  }
  for await (const chunk of body) if (hasher.update(chunk).sizeBytes > record.shardBytes) break
  if (!equalBytes(hasher.digest(), address))
    throw new LunarError('BAD_ADDRESS', 'the other holder of the shard gave wrong bytes', { detail: { index: key.index } })
  log.info('gives up a shard that another provider holds too', { segment: key.segment, index: key.index, twin: twin.peer })
  return catalog.inTurn(hexOf(key.segment), async () => {
    if (!(await catalog.has(key))) return false
    await dropShard(key, [], deps)
    return true
  })
}

/** What the owner signed for the shard's set; undefined if the shard is not here. */
async function recordOf(key: ShardKey, { catalog, store }: SurplusDeps): Promise<SegmentRecord | undefined> {
  await using shard = (await catalog.has(key)) ? await store.open(key) : undefined
  return shard?.record
}
