/**
 * Trackers that all collude and want a certain value of the beacon, against one verifier that is honest: they fix their own secrets before
 * they learn its, so that all they can do is leave it out. Beside it the other order, in which they have shares of its secret first.
 *
 * @module
 */
import {
  BEACON_COMMITMENT,
  BEACON_REVEAL,
  BEACON_SHARE,
  beaconSetId,
  beaconValue,
  combineShares,
  dealSecret,
  majorityOf,
  signSet,
  type BeaconRound,
  type OpenSecret,
} from '@lunarx/core/audit'
import { documentId, readDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { compareBytes, equalBytes, itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { BeaconPart } from '../../node/verifier/beacon-part.ts'
import { stream } from '../vectors/stream.ts'
import type { Attack } from './measure.ts'
import { NETWORK } from './shards.ts'

const TRACKERS = 3
/** They want the first four bits to be 0: one value in 16. */
const WANTED = 1 / 16
const isWanted = ([first = 255]: Uint8Array): boolean => first < 256 * WANTED
const TRIES = 1_000

export function steerBeacon(rounds: number): Attack {
  const trials = Math.round(rounds / WANTED)
  const steered = Array.from({ length: trials }, (_, number) => againstVerifier(number))
  const first = Array.from({ length: rounds }, (_, number) => withSharesFirst(number))
  return {
    attack: `all ${TRACKERS} trackers want one value of the beacon in 16, against an honest verifier in it`,
    paper: 'conspiracy',
    counted: 'rounds with the value that they want',
    formula: '1/16',
    expected: WANTED,
    measured: steered.filter(({ isSteered }) => isSteered).length / trials,
    trials,
    beside: [
      { what: 'more, the verifier left out, which it sees', count: steered.filter(({ isWithout }) => isWithout).length },
      { what: 'opened for a second set', count: steered.filter(({ isOpenAgain }) => isOpenAgain).length, due: 0 },
      { what: `of ${rounds}, had they shares of its secret before`, count: first.filter(Boolean).length, due: rounds },
    ],
  }
}

function roundOf(number: number) {
  const keys = Array.from({ length: TRACKERS }, (_, i) => crypto.signKey(stream(`steering ${number} ${i}`, 32)))
  keys.sort((a, b) => (peerIdOf(a.publicKey) < peerIdOf(b.publicKey) ? -1 : 1))
  const round: BeaconRound = { network: NETWORK, round: number, participants: keys.map(({ publicKey }) => peerIdOf(publicKey)) }
  const deal = (tracker: number, attempt = 0) =>
    dealSecret(round, itemAt(keys, tracker), stream(`own ${number} ${tracker} ${attempt}`, 32), crypto)
  const verifier = crypto.signKey(stream(`verifier ${number}`, 32))
  return { keys, round, deal, deals: keys.map((_, tracker) => deal(tracker)), verifier, secret: stream(`honest ${number}`, 32) }
}

const secretsOf = (deals: readonly { readonly id: Uint8Array; readonly secret: Uint8Array }[]): OpenSecret[] =>
  deals.map(({ id, secret }) => ({ deal: id, secret }))

/** As it is: the set first, then the secret, for that set alone. */
function againstVerifier(number: number): { readonly isSteered: boolean; readonly isWithout: boolean; readonly isOpenAgain: boolean } {
  const { keys, round, deal, deals, verifier, secret } = roundOf(number)
  const part = new BeaconPart(round, secret, verifier, crypto)
  const commitment = documentId(BEACON_COMMITMENT, part.commitment, crypto)
  const opened = (dealt: typeof deals): Uint8Array | undefined => {
    const ids = [...dealt.map(({ id }) => id), commitment].sort(compareBytes)
    const sets = keys.map((key) => signSet(round, ids, key))
    part.absorb({ holds: [], sets, closings: [] }, itemAt(round.participants, 0), false)
    const reveal = part.reveal()
    const said = reveal && readDocument(BEACON_REVEAL, reveal)
    return said && equalBytes(said.set, beaconSetId(ids, crypto)) ? said.secret : undefined
  }
  const theirs = opened(deals)
  if (!theirs) throw new Error('an honest verifier opens for the first set')
  const isSteered = isWanted(beaconValue(round, [...secretsOf(deals), { deal: commitment, secret: theirs }], crypto))
  const isOpenAgain = opened([...deals.slice(1), deal(0, 1)]) !== undefined
  return { isSteered, isWithout: !isSteered && isWanted(beaconValue(round, secretsOf(deals), crypto)), isOpenAgain }
}

/** The order that was rejected: the verifier deals shares to trackers before they fix their own secrets. */
function withSharesFirst(number: number): boolean {
  const { round, deal, deals, verifier, secret } = roundOf(number)
  const dealt = dealSecret(round, verifier, secret, crypto)
  const most = majorityOf(TRACKERS)
  const shares = dealt.shares.slice(0, most).map((share, holder): [number, Uint8Array] => [holder, readDocument(BEACON_SHARE, share).share])
  const known = combineShares(new Map(shares), most, TRACKERS)
  if (!known) throw new Error('a majority opens a secret')
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const own = [...deals.slice(1), deal(0, attempt)]
    if (isWanted(beaconValue(round, [...secretsOf(own), { deal: dealt.id, secret: known }], crypto))) return true
  }
  return false
}
