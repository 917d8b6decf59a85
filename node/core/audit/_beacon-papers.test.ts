/**
 * The proof of a round of the beacon in which no tracker withheld anything.
 */
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../../../test/vectors/stream.ts'
import { peerIdOf } from '../membership/index.ts'
import { compareBytes } from '../model/index.ts'
import { NETWORK } from './_papers.test.ts'
import { beaconSetId, commitSecret, dealSecret, revealSecret, signClosing, signSet, type BeaconRoundProof } from './index.ts'

type Key = ReturnType<typeof crypto.signKey>

interface PaperOptions {
  /** In the set. */
  readonly verifiers?: readonly Key[]
  /** Which of them open their secrets, by their numbers. */
  readonly opens?: (verifier: number) => boolean
  /** Trackers whose deals are in the set. */
  readonly dealers?: number
}

export function proofOf(
  keys: readonly Key[],
  round: number,
  { verifiers = [], opens = () => true, dealers = keys.length }: PaperOptions = {},
): BeaconRoundProof {
  const sorted = [...keys].sort((a, b) => (peerIdOf(a.publicKey) < peerIdOf(b.publicKey) ? -1 : 1))
  const all = { network: NETWORK, round, participants: sorted.map((key) => peerIdOf(key.publicKey)) }
  const dealt = sorted.slice(0, dealers).map((key, i) => dealSecret(all, key, stream(`secret ${i}`, 32), crypto))
  const committed = verifiers.map((key, i) => {
    const secret = stream(`secret of verifier ${i}`, 32)
    return { key, secret, ...commitSecret(all, key, secret, crypto) }
  })
  const ids = [...dealt, ...committed].map(({ id }) => id).sort(compareBytes)
  const set = beaconSetId(ids, crypto)
  const opened = committed.filter((_, i) => opens(i))
  const closed = opened.map(({ id }) => id)
  const ofVerifiers = {
    commitments: committed.map(({ document }) => document),
    closings: sorted.map((key) => signClosing(all, set, closed, key)),
    reveals: opened.map(({ key, id, secret }) => revealSecret(all, { commitment: id, set, secret }, key)),
  }
  return {
    ...all,
    deals: dealt.map(({ document }) => document),
    sets: sorted.map((key) => signSet(all, ids, key)),
    secrets: dealt.map(({ secret }) => secret),
    ...(verifiers.length > 0 ? { verifiers: ofVerifiers } : {}),
  }
}
