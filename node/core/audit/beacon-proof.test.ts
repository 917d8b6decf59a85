import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { hexOf, itemAt } from '../model/index.ts'
import { proofOf } from './_beacon-papers.test.ts'
import { keyOf, peer, provider } from './_papers.test.ts'
import { BEACON_ROUND_MS, decodeAnyEvidence, DRAW_SKEW_MS, drawsOfRound, encodeBeaconProof, findDraw, verifyBeaconProof } from './index.ts'

const ROUND = 400_000
const proof = proofOf([keyOf('a'), keyOf('b'), keyOf('c')], ROUND)
const INTERVAL_MS = 188_000

test('a proof gives its value from bytes; with another secret, too few signatures or other participants it gives none', (t) => {
  const evidence = decodeAnyEvidence(encodeBeaconProof(proof))
  t.is(evidence.kind === 'beacon' && hexOf(encodeBeaconProof(evidence.proof)), hexOf(encodeBeaconProof(proof)))
  t.is(hexOf(verifyBeaconProof(proof, crypto)).length, 64)
  const refused = (change: Partial<typeof proof>): void => void t.throws(() => verifyBeaconProof({ ...proof, ...change }, crypto))
  refused({ secrets: [...proof.secrets.slice(1), stream('other', 32)] })
  refused({ secrets: proof.secrets.slice(1) })
  refused({ sets: proof.sets.slice(0, 1) })
  refused({ deals: proof.deals.slice(1), secrets: proof.secrets.slice(1) })
  refused({ participants: proof.participants.slice(1) })
  refused({ round: ROUND + 1 })
  t.notThrows(() => verifyBeaconProof({ ...proof, sets: proof.sets.slice(1) }, crypto), 'a majority is enough')
})

test('only draws that were due in the round are found, and none that was asked long before or after', (t) => {
  const value = verifyBeaconProof(proof, crypto)
  const startMs = ROUND * BEACON_ROUND_MS
  const source = { value, provider: peer(provider), startMs, untilMs: startMs + BEACON_ROUND_MS, meanMs: INTERVAL_MS }
  const draws = [...drawsOfRound(source, crypto)]
  const { sequence, dueMs } = itemAt(draws, draws.length - 1)
  const claim = { provider: peer(provider), round: ROUND, sequence, askedMs: Math.ceil(dueMs) }
  t.like(findDraw(claim, value, INTERVAL_MS, crypto), { sequence, dueMs })
  t.is(findDraw({ ...claim, sequence: draws.length }, value, INTERVAL_MS, crypto), 'no-such-draw')
  t.is(findDraw({ ...claim, askedMs: Math.ceil(dueMs + DRAW_SKEW_MS) + 1 }, value, INTERVAL_MS, crypto), 'asked-at-another-time')
  t.is(findDraw({ ...claim, askedMs: Math.floor(dueMs - DRAW_SKEW_MS) - 1 }, value, INTERVAL_MS, crypto), 'asked-at-another-time')
})
