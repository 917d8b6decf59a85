/**
 * The proof of a round of the beacon in which nobody withheld anything.
 */
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../../../test/vectors/stream.ts'
import { peerIdOf } from '../membership/index.ts'
import { NETWORK } from './_papers.test.ts'
import { dealSecret, signSet, type BeaconRoundProof } from './index.ts'

type Key = ReturnType<typeof crypto.signKey>

export function proofOf(keys: readonly Key[], round: number): BeaconRoundProof {
  const sorted = [...keys].sort((a, b) => (peerIdOf(a.publicKey) < peerIdOf(b.publicKey) ? -1 : 1))
  const all = { network: NETWORK, round, participants: sorted.map((key) => peerIdOf(key.publicKey)) }
  const dealt = sorted.map((key, i) => dealSecret(all, key, stream(`secret ${i}`, 32), crypto))
  const ids = dealt.map(({ id }) => id)
  return {
    ...all,
    deals: dealt.map(({ document }) => document),
    sets: sorted.map((key) => signSet(all, ids, key)),
    secrets: dealt.map(({ secret }) => secret),
  }
}
