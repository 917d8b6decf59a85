/**
 * hold: a tracker asks for room for shards; the answer has the reservation key that the client stores each under, or why there is none.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import type { AnswerOf, hold, QuestionOf } from '@lunarx/wire'
import { answerEach } from '../answer-each.ts'
import type { Catalog } from '../catalog/index.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Transfers } from '../transfers.ts'
import type { Draining } from './draining.ts'
import { reservationName, signReservation, type KeyDeps } from './keys.ts'
import type { Reservations, RoomReading } from './reservations.ts'

export interface HoldDeps extends KeyDeps {
  readonly catalog: Catalog
  readonly reservations: Reservations
  readonly transfers: Transfers
  readonly random: Random
  readonly draining: Draining
  readonly log: Log
}

type Wanted = QuestionOf<typeof hold>['shards'][number]

/** Each by itself: one that is refused leaves the others as they are. The room of the volume is read once for all. */
export async function holdShards({ shards }: QuestionOf<typeof hold>, asked: Asked, deps: HoldDeps): Promise<AnswerOf<typeof hold>> {
  const room = deps.reservations.readRoom()
  return { held: await answerEach(shards, (shard) => holdShard(shard, asked, room, deps), deps.log) }
}

/**
 * Asked again for the same shard and client, it renews. A shard that is here already needs no room: `store` then answers with a
 * receipt at once. Where another shard of the set is, none may join it: one failure would take both.
 * @throws {LunarError} FULL, QUOTA_EXCEEDED, TOO_MANY_REQUESTS, BAD_MESSAGE, RESERVATION_INVALID, STORE_FAILED, STOPPING, DRAINING
 */
async function holdShard(question: Wanted, { session }: Asked, room: RoomReading, deps: HoldDeps): Promise<{ key: SignedDocument }> {
  const { self, catalog, reservations, transfers, draining, random, clock, crypto } = deps
  transfers.refuseWhenStopping()
  if (!catalog.isCounted) throw new LunarError('TOO_MANY_REQUESTS', 'the provider still counts what it holds')
  const { client, owner, segment, index, address, sizeBytes } = question
  const nowMs = clock.now()
  if (sizeBytes > PROVIDER_LIMITS.shardBytes)
    throw new LunarError('BAD_MESSAGE', 'the shard is larger than any may be', { detail: { sizeBytes } })
  if (question.expiresMs <= nowMs)
    throw new LunarError('BAD_MESSAGE', 'the reservation would have expired already', { detail: { expiresMs: question.expiresMs, nowMs } })

  const expiresMs = Math.min(question.expiresMs, nowMs + PROVIDER_LIMITS.reservationMs)
  const reservation = { provider: self, client, segment, index, address, sizeBytes, expiresMs, nonce: random.bytes(16) }
  await catalog.refuseSecond({ segment, index })
  // a repair waits for nobody's quota
  const party = client === session.peer ? null : { peer: client, owner }
  const isHeld = await catalog.has({ segment, index })
  draining.refuseWhenDraining() // the last thing before the room is taken: a heartbeat may have passed meanwhile
  if (!isHeld) await reservations.hold(reservationName(reservation, crypto), reservation, party, room)
  return { key: signReservation(reservation, deps) }
}
