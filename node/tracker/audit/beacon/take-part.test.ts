/**
 * Rounds of the beacon among participants that hand each other what they lack.
 */
import { BEACON_DEAL, BEACON_HOLD, BEACON_OPENING, encodeBeaconProof, type BeaconHold } from '@lunarx/core/audit'
import { readDocument, signDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf, itemAt, LIMITS } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../../test/vectors/stream.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import { act, live, participants, ROUND } from './_stage.test.ts'
import { RoundDocuments } from './round-documents.ts'

test('all who take part come to the same value, and nobody can know it before a majority has agreed', (t) => {
  const all = participants(3)
  live(all, (_, part) => part < 0.5)
  t.true(all.every(({ documents }) => documents.deals.length === 3 && documents.deals.every((deal) => documents.isQualified(deal))))
  for (const { documents } of all) for (const deal of documents.deals) t.false(documents.isOpened(deal))
  const values = live(all)
  t.truthy(values[0])
  t.is(new Set(values).size, 1)
})

test('a tracker that deals and then withholds is opened by the others, and the value is what it would have been', (t) => {
  const whole = live(participants(5))
  for (const gone of [[0], [1, 3]]) {
    const values = live(participants(5), (i, part) => !gone.includes(i) || part < 0.5)
    t.deepEqual(
      values.filter((_, i) => !gone.includes(i)),
      whole.filter((_, i) => !gone.includes(i)),
    )
  }
})

test('who is away for the whole round has its shares published, and the others have a value without it; a majority away has none', (t) => {
  const values = live(participants(5), (i) => i > 1)
  t.truthy(values[4])
  t.is(new Set(values.slice(2)).size, 1)
  t.deepEqual(
    live(participants(5), (i) => i > 2),
    [undefined, undefined, undefined, undefined, undefined],
  )
})

test('who comes back late reads the value from what the others have', (t) => {
  const all = participants(3)
  const values = live(all, (i) => i !== 2)
  const [first, late] = [itemAt(all, 0), itemAt(all, 2)]
  late.documents.absorb(first.documents.lacking([], peerIdOf(late.key.publicKey)))
  t.is(late.documents.value && hexOf(late.documents.value), values[0])
})

test('a share goes to its holder only, until it is published', (t) => {
  const [dealer, holder, other] = participants(3)
  if (!dealer || !holder || !other) throw new Error('too few')
  act(dealer, 0)
  const [of, toOther] = [holder, other].map((one) => dealer.documents.lacking([], peerIdOf(one.key.publicKey)))
  t.is(of?.shares.length, 1)
  t.is(toOther?.shares.length, 1)
  holder.documents.absorb(of ?? {})
  t.is(holder.documents.lacking([], peerIdOf(other.key.publicKey)).shares.length, 0)
})

test('who says the same over and over, in other bytes, is remembered once', (t) => {
  const [one, other] = participants(2)
  if (!one || !other) throw new Error('too few')
  act(one, 0)
  const [deal] = one.documents.deals
  const value = { network: 'net', round: ROUND, deal: deal?.id ?? new Uint8Array(), holder: peerIdOf(other.key.publicKey) }
  const before = one.documents.ids.length
  const holds = [1, 2, 3].map((more) => signDocument(BEACON_HOLD, { ...value, more } as BeaconHold, other.key))
  one.documents.absorb({ holds })
  t.is(one.documents.ids.length, before + 1)
  const opening = { network: 'net', round: ROUND, deal: value.deal, opener: value.holder }
  const scalars = Array.from({ length: 5 }, (_, i) => stream(`scalar ${i}`, 32))
  one.documents.absorb({ openings: scalars.map((scalar) => signDocument(BEACON_OPENING, { ...opening, scalar }, other.key)) })
  t.is(one.documents.ids.length, before + 3)
})

test('eight trackers in a network of the longest name make a proof that is kept; what is longer than a document can be is passed over', (t) => {
  const all = participants(LIMITS.trackerSlots, 'n'.repeat(253))
  live(all)
  const { documents, own, key } = itemAt(all, 0)
  const { proof } = documents
  t.is(proof?.deals.length, LIMITS.trackerSlots)
  t.true(proof && encodeBeaconProof(proof).length < TRACKER_LIMITS.audit.beaconProofBytes)

  const fresh = new RoundDocuments(documents.round, peerIdOf(itemAt(all, 1).key.publicKey), crypto)
  const padded = { ...readDocument(BEACON_DEAL, own.document), padding: new Uint8Array(2_000) }
  fresh.absorb({ deals: [signDocument(BEACON_DEAL, padded, key)] })
  t.is(fresh.deals.length, 0)
  fresh.absorb({ deals: [own.document] })
  t.is(fresh.deals.length, 1)
})
