import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import type { SignedDocument } from '../document/index.ts'
import { peerIdOf } from '../membership/index.ts'
import { equalBytes, hexOf, itemAt } from '../model/index.ts'
import {
  agreedSet,
  BEACON_ROUND_MS,
  beaconPhaseAt,
  beaconValue,
  checkDeal,
  checkHold,
  checkOpening,
  checkSet,
  checkShare,
  dealSecret,
  holdShare,
  isQualified,
  openedSecret,
  openScalar,
  signSet,
  verifyBeaconProof,
  type BeaconRound,
} from './index.ts'

const NETWORK = 'lunarx/test'

function participants(count: number, round = 7) {
  const keys = Array.from({ length: count }, (_, i) => crypto.signKey(stream(`participant ${i}`, 32))).sort((a, b) =>
    peerIdOf(a.publicKey) < peerIdOf(b.publicKey) ? -1 : 1,
  )
  const peers = keys.map((key) => peerIdOf(key.publicKey))
  const all: BeaconRound = { network: NETWORK, round, participants: peers }
  return { keys, peers, round: all }
}

/** A round in which all deal, and those named withhold their secrets. */
function playRound(count: number, withholding: readonly number[], seed = 'a') {
  const { keys, peers, round } = participants(count)
  const dealt = keys.map((key, i) => dealSecret(round, key, stream(`secret ${seed} ${i}`, 32), crypto))
  const deals = dealt.map(({ document }) => checkDeal(document, round, crypto))
  const sets = keys.map((key) =>
    signSet(
      round,
      deals.map(({ id }) => id),
      key,
    ),
  )
  const openings: SignedDocument[] = []
  keys.forEach((key, i) => {
    if (withholding.includes(i)) return
    dealt.forEach(({ id, secret, shares }, dealer) => {
      if (dealer === i) openings.push(openScalar(round, id, secret, key))
      else openings.push(openScalar(round, id, checkShare(itemAt(shares, i), itemAt(deals, dealer), round, crypto).share, key))
    })
  })
  const opened = openings.map((document) => checkOpening(document, round, crypto))
  const secrets = deals.map((deal) => ({ deal: deal.id, secret: openedSecret(deal, opened) }))
  return { keys, peers, round, dealt, deals, sets, secrets }
}

const valueOf = ({ round, secrets }: ReturnType<typeof playRound>): string =>
  hexOf(
    beaconValue(
      round,
      secrets.map(({ deal, secret }) => ({ deal, secret: secret ?? new Uint8Array() })),
      crypto,
    ),
  )

test('a minority that withholds its secrets changes nothing of the value', (t) => {
  for (const [count, withholding] of [
    [3, [0]],
    [3, [2]],
    [5, [1, 3]],
  ] as const) {
    const open = playRound(count, [])
    const withheld = playRound(count, withholding)
    t.true(withheld.secrets.every(({ secret }) => secret !== undefined))
    t.is(valueOf(withheld), valueOf(open))
  }
})

test('one and two participants make a beacon; every secret makes another value', (t) => {
  const values = [1, 2, 3].flatMap((count) => ['a', 'b'].map((seed) => valueOf(playRound(count, [], seed))))
  t.is(new Set(values).size, values.length)
})

test('fewer shares than a majority open nothing, wrong ones are passed over', (t) => {
  const { keys, round, dealt, deals } = playRound(5, [])
  const deal = itemAt(deals, 0)
  const { shares } = itemAt(dealt, 0)
  const share = (holder: number) =>
    checkOpening(
      openScalar(round, deal.id, checkShare(itemAt(shares, holder), deal, round, crypto).share, itemAt(keys, holder)),
      round,
      crypto,
    )
  const wrong = checkOpening(openScalar(round, deal.id, stream('wrong', 32), itemAt(keys, 3)), round, crypto)
  t.is(openedSecret(deal, [share(1), share(2), share(2), wrong]), undefined)
  const secret = openedSecret(deal, [wrong, share(1), share(2), share(4)])
  t.deepEqual(secret, itemAt(dealt, 0).secret)
})

test('shares that do not fit the commitments are refused before anybody relies on them', (t) => {
  const { keys, round, dealt } = playRound(5, [])
  const honest = itemAt(dealt, 0)
  const other = dealSecret(round, itemAt(keys, 0), stream('other', 32), crypto)
  const deal = checkDeal(honest.document, round, crypto)
  t.notThrows(() => checkShare(itemAt(honest.shares, 1), deal, round, crypto))
  t.throws(() => checkShare(itemAt(other.shares, 1), deal, round, crypto), { code: 'BAD_MESSAGE' })
  t.throws(() => checkDeal(honest.document, { ...round, round: 8 }, crypto), { code: 'BAD_MESSAGE' })
  t.throws(() => checkDeal({ ...honest.document, signature: new Uint8Array(64) }, round, crypto), { code: 'BAD_SIGNATURE' })
})

test('a deal counts when everybody holds a share or it was published, of a minority at most', (t) => {
  const { keys, peers, round, deals } = playRound(5, [])
  const held = keys.slice(0, 3).map((key) => checkHold(holdShare(round, itemAt(deals, 0).id, key), round, crypto).holder)
  t.false(isQualified(round, new Set(held), new Set()))
  t.true(isQualified(round, new Set(held), new Set(peers.slice(3))))
  t.false(isQualified(round, new Set(held.slice(1)), new Set([...peers.slice(3), itemAt(peers, 0)])), 'a majority could open it')
  t.true(isQualified(round, new Set(peers), new Set()))
})

test('the set of a majority stands; who signs two is named, and two majorities make no value', (t) => {
  const { keys, peers, round, deals } = playRound(3, [])
  const ids = deals.map(({ id }) => id)
  const sign = (key: number, named: readonly Uint8Array[]) => checkSet(signSet(round, named, itemAt(keys, key)), round, crypto)
  t.is(agreedSet(round, [sign(0, ids), sign(0, ids)]).deals, undefined)
  t.is(agreedSet(round, [sign(0, ids), sign(1, ids.slice(1))]).deals, undefined)
  t.is(agreedSet(round, [sign(0, ids), sign(1, ids)]).deals?.length, 3)
  t.is(agreedSet(round, [sign(0, ids.slice(2)), sign(1, ids.slice(2))]).deals, undefined, 'no majority of secrets')
  const split = agreedSet(round, [sign(0, ids), sign(1, ids), sign(1, ids.slice(1)), sign(2, ids.slice(1))])
  t.deepEqual(split, { deals: undefined, split: [itemAt(peers, 1)] })
})

test('who took no part verifies the value', (t) => {
  const { round, dealt, sets, secrets } = playRound(5, [2])
  const proof = {
    ...round,
    participants: [...round.participants],
    deals: dealt.map(({ document }) => document),
    sets: sets.slice(0, 3),
    secrets: secrets.map(({ secret }) => secret ?? new Uint8Array()),
  }
  t.true(
    equalBytes(
      verifyBeaconProof(proof, crypto),
      beaconValue(
        round,
        dealt.map(({ id, secret }) => ({ deal: id, secret })),
        crypto,
      ),
    ),
  )
  t.throws(() => verifyBeaconProof({ ...proof, sets: sets.slice(0, 2) }, crypto), { code: 'BAD_MESSAGE' })
  t.throws(() => verifyBeaconProof({ ...proof, secrets: proof.secrets.toReversed() }, crypto), { code: 'BAD_MESSAGE' })
  t.throws(() => verifyBeaconProof({ ...proof, deals: proof.deals.slice(1) }, crypto), { code: 'BAD_MESSAGE' })
})

test('each hour makes the value of the next, in four steps', (t) => {
  const phases = [0, 0.24, 0.25, 0.5, 0.75, 0.999].map((part) => beaconPhaseAt((41 + part) * BEACON_ROUND_MS))
  t.deepEqual(
    phases.map(({ phase }) => phase),
    ['deal', 'deal', 'hold', 'agree', 'open', 'open'],
  )
  t.true(phases.every(({ round }) => round === 42))
})
