/**
 * Providers that answer with what is no key for the shard.
 */
import { encodeBytes, readDocument, RESERVATION, type Reservation, type SignedDocument } from '@lunarx/core/document'
import type { Handler, Peers } from '@lunarx/net/peers'
import { hold, holdMany, type AnswerOf } from '@lunarx/wire'
import test from 'ava'
import { answering } from '../../../test/fleet/disguised.ts'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { putSet, sealSet } from '../../../test/fleet/sets.ts'

type Lie = (key: SignedDocument) => SignedDocument

/** Holds as it should, and tells another key. */
function lyingKeys(peers: Peers, lie: Lie): Peers {
  const lying =
    <Q>(honest: Handler<Q, AnswerOf<typeof hold>>): typeof honest =>
    async (question, asked) => {
      const { held } = (await honest(question, asked)) as AnswerOf<typeof hold>
      return { held: held.map((one) => ('key' in one ? { key: lie(one.key) } : one)) }
    }
  return answering(answering(peers, hold, lying), holdMany, lying)
}

const open = (key: SignedDocument): Reservation => readDocument(RESERVATION, key)
const otherThan =
  (change: (told: Reservation) => Partial<Reservation>): Lie =>
  (key) => ({ ...key, body: encodeBytes({ ...open(key), ...change(open(key)) }) })
const lies: Readonly<Record<string, Lie>> = {
  'two megabytes': ({ signature }) => ({ body: new Uint8Array(2 * 1024 * 1024 - 1024), signature }),
  garbage: ({ signature }) => ({ body: new Uint8Array(300), signature }),
  'another segment': otherThan(({ segment }) => ({ segment: segment.map((byte) => byte ^ 1) })),
  'another index': otherThan(({ index }) => ({ index: index + 1 })),
  'another client': otherThan(({ provider }) => ({ client: provider })),
  'another address': otherThan(({ address }) => ({ address: address.map((byte) => byte ^ 1) })),
  'another size': otherThan(({ sizeBytes }) => ({ sizeBytes: sizeBytes + 1 })),
  'another provider': otherThan(({ client }) => ({ provider: client })),
}

test('of providers whose keys are not for the shard that was asked none is handed out, and the sets are placed with others', async (t) => {
  let lie: Lie | undefined
  let told = 0
  const tell: Lie = (key) => {
    told++
    return lie ? lie(key) : key
  }
  const disguise = (n: number, peers: Peers): Peers => (n < 2 ? lyingKeys(peers, tell) : peers)
  await using fleet = await Fleet.start({ seed: 5, trackers: 1, disguise })
  await fleet.clock.runFor(10_000)
  const liars = fleet.providers.slice(0, 2).map(({ machine }) => machine.peer)
  for (const [what, one] of Object.entries(lies)) {
    ;[lie, told] = [one, 0]
    const { placed, margin } = await fleet.run(putSet(fleet, sealSet(fleet, { shardBytes: 1_000 })))
    t.true(told > 0, what)
    t.is(margin, 2, what)
    t.false(
      placed.some(({ provider }) => liars.includes(provider.peer)),
      what,
    )
  }
  t.deepEqual(fleet.defects, [])
})
