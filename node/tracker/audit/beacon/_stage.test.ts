/**
 * A round of the beacon among participants that hand each other what they lack, and verifiers that go from one to the next.
 */
import { BEACON_REVEAL_MS, BEACON_ROUND_MS, type BeaconRound } from '@lunarx/core/audit'
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../../../../test/vectors/stream.ts'
import { BeaconPart } from '../../../verifier/beacon-part.ts'
import { RoundDocuments } from './round-documents.ts'
import { dealOf, takePart, type OwnDeal, type OwnPart } from './take-part.ts'

export const ROUND = 500_000
const STEP_MS = BEACON_ROUND_MS / 24

export interface Participant {
  readonly documents: RoundDocuments
  readonly own: OwnDeal
  readonly key: ReturnType<typeof crypto.signKey>
  part: OwnPart
}

export function participants(count: number, network = 'net'): Participant[] {
  const keys = Array.from({ length: count }, (_, i) => crypto.signKey(stream(`participant ${i}`, 32)))
  const peers = keys.map(({ publicKey }) => peerIdOf(publicKey)).sort()
  const round = { network, round: ROUND, participants: peers }
  return keys.map((key, i) => {
    const part = { random: stream(`random ${i}`, 32), set: null, closing: null }
    const own = dealOf(round, part, key, crypto)
    if (!own) throw new Error('no participant')
    return { documents: new RoundDocuments(round, peerIdOf(key.publicKey), crypto), own, key, part }
  })
}

/** A verifier, and what it does to each participant, by its number and the moment. */
export interface Outsider {
  readonly peer: string
  readonly domain: string
  /** What it gives as its commitment, and as its part. Undefined: nothing, to this one. */
  readonly committed: (participant: number) => BeaconPart | undefined
  readonly opens: (participant: number, sinceMs: number) => boolean
  readonly part: BeaconPart
}

export const partOf = (round: BeaconRound, name: string, secret = name): BeaconPart =>
  new BeaconPart(round, stream(`secret of ${secret}`, 32), crypto.signKey(stream(name, 32)), crypto)

export function outsider(round: BeaconRound, name: string, change: Partial<Outsider> = {}): Outsider {
  const part = partOf(round, name)
  const peer = peerIdOf(crypto.signKey(stream(name, 32)).publicKey)
  return { peer, domain: name, part, committed: () => part, opens: () => true, ...change }
}

export function act(one: Participant, sinceMs: number): void {
  const signed = takePart(one.documents, one.own, one.part, sinceMs, one.key)
  if (!signed) return
  one.part = { ...one.part, ...signed }
  const { set, closing } = one.part
  one.documents.absorb({ sets: set ? [set] : [], closings: closing ? [closing] : [] })
}

/** As the exchanges of a tracker do it. */
function visit({ peer, domain, part, committed, opens }: Outsider, all: readonly Participant[], sinceMs: number): void {
  all.forEach(({ documents, key }, i) => {
    const commitment = committed(i)?.commitment
    if (commitment && sinceMs < BEACON_ROUND_MS / 4) documents.verifiers.offer(commitment, { peer, domain })
    const reveal = opens(i, sinceMs) ? part.reveal() : undefined
    if (reveal && sinceMs < BEACON_REVEAL_MS) documents.absorb({ reveals: [reveal] })
    part.absorb(documents.aboutCommitment(peer), peerIdOf(key.publicKey), reveal !== undefined && sinceMs < BEACON_REVEAL_MS)
  })
}

export interface LiveOptions {
  readonly verifiers?: readonly Outsider[]
  readonly stepMs?: number
  /** After each step. */
  readonly look?: (sinceMs: number) => void
}

/** An hour. @param isThere who acts and is heard at a moment, by number and part of the hour */
export function live(
  all: readonly Participant[],
  isThere: (i: number, part: number) => boolean = () => true,
  { verifiers = [], stepMs = STEP_MS, look }: LiveOptions = {},
): (string | undefined)[] {
  for (let sinceMs = 0; sinceMs < BEACON_ROUND_MS; sinceMs += stepMs) {
    const there = all.filter((_, i) => isThere(i, sinceMs / BEACON_ROUND_MS))
    for (const one of there) act(one, sinceMs)
    for (const reader of there)
      for (const other of there)
        if (other !== reader) reader.documents.absorb(other.documents.lacking(reader.documents.ids, peerIdOf(reader.key.publicKey)))
    for (const verifier of verifiers) visit(verifier, there, sinceMs)
    look?.(sinceMs)
  }
  return all.map(({ documents: { value } }) => value && hexOf(value))
}
