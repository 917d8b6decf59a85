/**
 * Trackers that withhold their beacon secrets: a minority must not change the value, nor keep it from coming.
 *
 * @module
 */
import {
  beaconValue,
  checkDeal,
  checkOpening,
  checkShare,
  dealSecret,
  openedSecret,
  openScalar,
  type BeaconOpening,
  type BeaconRound,
} from '@lunarx/core/audit'
import { peerIdOf } from '@lunarx/core/membership'
import { equalBytes, itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../vectors/stream.ts'
import type { Attack } from './measure.ts'
import { NETWORK } from './shards.ts'

const PARTICIPANTS = 5
const WITHHOLDING = 2

export function withholdSecrets(rounds: number): Attack {
  const results = Array.from({ length: rounds }, (_, round) => playRound(round))
  const unmoved = results.filter(({ isUnmoved }) => isUnmoved).length
  return {
    attack: `${WITHHOLDING} of ${PARTICIPANTS} trackers withhold their beacon secrets`,
    paper: 'conspiracy',
    counted: 'rounds whose value stays what it would have been',
    formula: '1 while a majority opens',
    expected: 1,
    measured: unmoved / rounds,
    trials: rounds,
    beside: [
      {
        what: `with ${PARTICIPANTS - WITHHOLDING} withholding: rounds without a value`,
        count: results.filter(({ isStuck }) => isStuck).length,
        due: rounds,
      },
    ],
  }
}

function playRound(number: number): { readonly isUnmoved: boolean; readonly isStuck: boolean } {
  const keys = Array.from({ length: PARTICIPANTS }, (_, i) => crypto.signKey(stream(`participant ${number} ${i}`, 32)))
  keys.sort((a, b) => (peerIdOf(a.publicKey) < peerIdOf(b.publicKey) ? -1 : 1))
  const round: BeaconRound = { network: NETWORK, round: number, participants: keys.map(({ publicKey }) => peerIdOf(publicKey)) }
  const dealt = keys.map((key, i) => dealSecret(round, key, stream(`secret ${number} ${i}`, 32), crypto))
  const deals = dealt.map(({ document }) => checkDeal(document, round, crypto))
  const openingsOf = (holder: number): BeaconOpening[] =>
    dealt.map(({ id, secret, shares }, dealer) => {
      const scalar = dealer === holder ? secret : checkShare(itemAt(shares, holder), itemAt(deals, dealer), round, crypto).share
      return checkOpening(openScalar(round, id, scalar, itemAt(keys, holder)), round, crypto)
    })
  const valueBy = (holders: number): Uint8Array | undefined => {
    const openings = Array.from({ length: holders }, (_, holder) => openingsOf(holder)).flat()
    const secrets = deals.map((deal) => ({ deal: deal.id, secret: openedSecret(deal, openings) }))
    const open = secrets.filter((one): one is { deal: Uint8Array; secret: Uint8Array } => one.secret !== undefined)
    return open.length === deals.length ? beaconValue(round, open, crypto) : undefined
  }
  const whole = beaconValue(
    round,
    dealt.map(({ id, secret }) => ({ deal: id, secret })),
    crypto,
  )
  const opened = valueBy(PARTICIPANTS - WITHHOLDING)
  return { isUnmoved: opened !== undefined && equalBytes(opened, whole), isStuck: valueBy(WITHHOLDING) === undefined }
}
