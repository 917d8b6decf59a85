import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test, { type ExecutionContext } from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { documentId, readDocument } from '../document/index.ts'
import { compareBytes, hexOf, itemAt } from '../model/index.ts'
import { proofOf } from './_beacon-papers.test.ts'
import { keyOf, NETWORK, peer } from './_papers.test.ts'
import {
  agreedClosing,
  BEACON_CLOSING,
  BEACON_COMMITMENT,
  BEACON_DEAL,
  BEACON_REVEAL,
  BEACON_SET,
  BEACON_VERIFIERS,
  beaconParticipants,
  beaconSetId,
  checkClosing,
  checkCommitment,
  checkReveal,
  commitSecret,
  decodeAnyEvidence,
  drawnVerifiers,
  encodeBeaconProof,
  revealSecret,
  signClosing,
  signersOf,
  verifiersOf,
  verifyBeaconProof,
  type BeaconRoundProof,
} from './index.ts'

const ROUND = 400_000
const TRACKERS = ['a', 'b', 'c'].map(keyOf)
const VERIFIERS = ['v', 'w', 'x'].map(keyOf)
const [tracker, v, w] = [itemAt(TRACKERS, 0), itemAt(VERIFIERS, 0), itemAt(VERIFIERS, 1)]
const round = { network: NETWORK, round: ROUND, participants: beaconParticipants([...TRACKERS, tracker].map(peer)) }
const secret = stream('secret', 32)
const BAD = { code: 'BAD_MESSAGE' }

test('a secret fits its own commitment alone, and counts for the set that it was opened for', (t) => {
  const { document, id } = commitSecret(round, v, secret, crypto)
  const commitment = checkCommitment(document, round, crypto)
  t.deepEqual(commitment.id, id)
  const [set, other] = [[id], [id, id]].map((ids) => beaconSetId(ids, crypto)) as [Uint8Array, Uint8Array]
  const opened = revealSecret(round, { commitment: id, set, secret }, v)
  t.deepEqual(checkReveal(opened, commitment, set, round, crypto).secret, secret)
  const refused = (reveal: typeof opened): void => void t.throws(() => checkReveal(reveal, commitment, set, round, crypto), BAD)
  t.throws(() => checkReveal(opened, commitment, other, round, crypto), BAD, 'for another set')
  refused(revealSecret(round, { commitment: id, set, secret: stream('other', 32) }, v))
  refused(revealSecret(round, { commitment: set, set, secret }, v))
  refused(revealSecret(round, { commitment: id, set, secret }, w))
  refused(revealSecret({ ...round, round: ROUND + 1 }, { commitment: id, set, secret }, v))
  t.throws(() => checkReveal({ ...opened, signature: new Uint8Array(64) }, commitment, set, round, crypto), { code: 'BAD_SIGNATURE' })
})

test('who copies a commitment cannot open it as its own; a tracker commits to nothing', (t) => {
  const of = (key: typeof v, number = ROUND) => {
    const { document } = commitSecret({ network: NETWORK, round: number }, key, secret, crypto)
    return hexOf(checkCommitment(document, { ...round, round: number }, crypto).commitment.commitment)
  }
  t.is(new Set([of(v), of(w), of(v, ROUND + 1)]).size, 3)
  t.throws(() => checkCommitment(commitSecret(round, tracker, secret, crypto).document, round, crypto), BAD)
  t.throws(() => checkCommitment(commitSecret({ ...round, network: 'another' }, v, secret, crypto).document, round, crypto), BAD)
})

test('a round takes one of each failure domain, and others in other rounds: many keys of one token have one place', (t) => {
  const offered = Array.from({ length: 30 }, (_, i) => ({ peer: peer(keyOf(`v${i}`)), domain: i < 20 ? 'flood' : `domain ${i}` }))
  const drawn = (number: number) => drawnVerifiers({ ...round, round: number }, offered, crypto)
  const domainOf = (id: string): string => offered.find(({ peer: one }) => one === id)?.domain ?? ''
  const places = new Map<string, number>()
  for (let number = ROUND; number < ROUND + 200; number++) {
    const domains = drawn(number).map(domainOf)
    t.is(domains.length, BEACON_VERIFIERS)
    t.is(new Set(domains).size, BEACON_VERIFIERS)
    for (const domain of domains) places.set(domain, (places.get(domain) ?? 0) + 1)
  }
  const counts = [...places.values()]
  t.is(counts.length, 11)
  t.true(Math.min(...counts) > 110 && Math.max(...counts) < 180, counts.join(' ')) // 145 of 200 each; 6 is a deviation
  t.deepEqual(drawnVerifiers(round, [...offered].reverse(), crypto).sort(), drawn(ROUND).sort(), 'whatever order they came in')
})

test('closed is what a majority signed of this set; two majorities close nothing', (t) => {
  const [set, other, one] = ['set', 'other', 'one'].map((name) => stream(name, 32)) as [Uint8Array, Uint8Array, Uint8Array]
  const sign = (key: number, of: Uint8Array, revealed: readonly Uint8Array[]) =>
    checkClosing(signClosing(round, of, revealed, itemAt(TRACKERS, key)), round, crypto)
  t.deepEqual(agreedClosing(round, set, [sign(0, set, [one]), sign(1, set, [one])]), [one])
  t.is(agreedClosing(round, set, [sign(0, set, [one]), sign(0, set, [one])]), undefined, 'one voice')
  t.is(agreedClosing(round, set, [sign(0, set, [one]), sign(1, set, [])]), undefined)
  t.is(agreedClosing(round, set, [sign(0, set, [one]), sign(1, other, [one])]), undefined)
  t.is(agreedClosing(round, set, [sign(0, set, [one]), sign(1, set, [one]), sign(1, set, []), sign(2, set, [])]), undefined)
  t.throws(() => checkClosing(signClosing(round, set, [], v), round, crypto), BAD, 'by no tracker')
})

test('bytes are those of docs/FORMATS.md', (t) => {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(ROUND))
  const digest = (...parts: readonly (string | Uint8Array)[]) =>
    hexOf(crypto.sha256(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))))
  const proof = proofOf(TRACKERS, ROUND, { verifiers: VERIFIERS, opens: (i) => i !== 1 })
  const { commitments, reveals, closings } = ofVerifiers(proof)
  const opened = reveals.map((document) => readDocument(BEACON_REVEAL, document))
  const [first] = opened
  const commitment = commitments.map((document) => readDocument(BEACON_COMMITMENT, document))[0]
  t.is(
    hexOf(commitment?.commitment ?? secret),
    digest('lunarx/beacon-secret/1\0', `${NETWORK}\0`, number, `${peer(v)}\0`, first?.secret ?? secret),
  )
  const ids = readDocument(BEACON_SET, itemAt(proof.sets, 0)).deals
  const set = digest('lunarx/beacon-deals/1\0', ...ids)
  t.deepEqual(
    [...opened, readDocument(BEACON_CLOSING, itemAt(closings, 0))].map((one) => hexOf(one.set)),
    [set, set, set],
  )
  const dealt = proof.deals.map((document, i) => ({ id: documentId(BEACON_DEAL, document, crypto), secret: itemAt(proof.secrets, i) }))
  const all = [...dealt, ...opened.map((one) => ({ id: one.commitment, secret: one.secret }))].sort((a, b) => compareBytes(a.id, b.id))
  const value = digest('lunarx/beacon-value/1\0', `${NETWORK}\0`, number, ...all.flatMap((one) => [one.id, one.secret]))
  t.is(hexOf(verifyBeaconProof(proof, crypto)), value)
})

const ofVerifiers = ({ verifiers }: BeaconRoundProof) => verifiers ?? { commitments: [], closings: [], reveals: [] }

function assertRefused(t: ExecutionContext, proof: BeaconRoundProof, change: Partial<ReturnType<typeof ofVerifiers>>): void {
  t.throws(() => verifyBeaconProof({ ...proof, verifiers: { ...ofVerifiers(proof), ...change } }, crypto), BAD)
}

test('a proof says which verifiers are in the value, and who opened nothing; neither can be left out of it or put into it', (t) => {
  const proof = proofOf(TRACKERS, ROUND, { verifiers: VERIFIERS, opens: (i) => i !== 1 })
  const evidence = decodeAnyEvidence(encodeBeaconProof(proof))
  const value = verifyBeaconProof(proof, crypto)
  t.deepEqual(evidence.kind === 'beacon' && verifyBeaconProof(evidence.proof, crypto), value)
  t.deepEqual(verifiersOf(proof), { revealed: [peer(v), peer(itemAt(VERIFIERS, 2))], withheld: [peer(w)] })
  t.is(signersOf(proof, crypto).size, TRACKERS.length)

  const whole = proofOf(TRACKERS, ROUND, { verifiers: VERIFIERS })
  const none = proofOf(TRACKERS, ROUND, { verifiers: VERIFIERS, opens: () => false })
  t.is(new Set([proof, whole, none].map((one) => hexOf(verifyBeaconProof(one, crypto)))).size, 3)
  t.deepEqual(verifiersOf(none).revealed, [])

  const { commitments, closings, reveals } = ofVerifiers(proof)
  assertRefused(t, proof, { reveals: ofVerifiers(whole).reveals })
  assertRefused(t, proof, { reveals: reveals.slice(1) })
  assertRefused(t, proof, { closings: closings.slice(1, 2) })
  assertRefused(t, proof, { closings: ofVerifiers(whole).closings })
  assertRefused(t, proof, { commitments: commitments.slice(1) })
  t.throws(() => verifyBeaconProof({ ...proof, verifiers: undefined }, crypto), BAD)
  t.notThrows(() => verifyBeaconProof({ ...proof, verifiers: { ...ofVerifiers(proof), closings: closings.slice(1) } }, crypto))
})

test('commitments make up for no deals: a set names those of a majority of trackers', (t) => {
  const proof = (dealers: number) => proofOf(TRACKERS, ROUND, { verifiers: VERIFIERS, dealers })
  t.notThrows(() => verifyBeaconProof(proof(2), crypto))
  t.throws(() => verifyBeaconProof(proof(1), crypto), BAD)
})
