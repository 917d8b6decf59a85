import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { encodeBytes, signDocument } from '../document/index.ts'
import { peerIdOf } from '../membership/index.ts'
import { LIMITS } from '../model/index.ts'
import {
  AUDIT_PROMISE,
  auditTraffic,
  BATCH_OVERHEAD_BYTES,
  detectionProbability,
  DRAW_OVERHEAD_BYTES,
  drawBytes,
  isAffordable,
  LEAF_ANSWER,
  LEAF_CHALLENGE,
  meanDrawIntervalMs,
  SWEEP_ANSWER,
  SWEEP_BATCH,
  SWEEP_CHALLENGE,
  sweptBy,
} from './index.ts'

const DAY = 86_400_000
const key = crypto.signKey(stream('key', 32))
const peer = peerIdOf(key.publicKey)
const hash = stream('hash', 32)
const LARGEST = 8 * 1024 * 1024

test('1 % is found in a day in 99 of 100 by 460 answers, whatever a provider holds', (t) => {
  const intervalMs = meanDrawIntervalMs(AUDIT_PROMISE)
  t.is(Math.floor(DAY / intervalMs), 460)
  t.true(Math.abs(detectionProbability(0.01, DAY, intervalMs) - 0.99) < 1e-12)
  t.true(detectionProbability(0.01, DAY, intervalMs * 1.01) < 0.99)
  t.is(auditTraffic(AUDIT_PROMISE, 10, 1_000_000).drawsPerDay, auditTraffic(AUDIT_PROMISE, 10_000, 1_000_000).drawsPerDay)
})

test('draws cost 10 MB a day at most, a sweep 32 bytes a shard', (t) => {
  t.true(isAffordable(AUDIT_PROMISE, LARGEST))
  t.false(isAffordable({ ...AUDIT_PROMISE, lostFraction: 0.005 }, LARGEST))
  for (const shards of [100, 4_096, 1_000_000]) t.true(auditTraffic(AUDIT_PROMISE, shards, LARGEST).sweepBytesPerShard <= 32)
})

test('the formula counts what documents really take', (t) => {
  const bytes = stream('leaf', LIMITS.leafBytes)
  const path = Array.from({ length: 9 }, () => hash)
  const times = { askedMs: 1_800_000_000_000, answeredMs: 1_800_000_000_000 }
  const scope = { network: 'lunarx/production', provider: peer, verifier: peer, ...times }
  const challenge = signDocument(
    LEAF_CHALLENGE,
    LEAF_CHALLENGE.schema.parse({ ...scope, round: 500_000, sequence: 400, askedFor: 'draw', segment: hash, index: 13, leaf: 500 }),
    key,
  )
  const answer = signDocument(LEAF_ANSWER, { challenge: hash, proof: { bytes, path }, answeredMs: times.answeredMs }, key)
  const drawn = encodeBytes(challenge).length + encodeBytes(answer).length
  const formula = drawBytes(2 ** 9 * LIMITS.leafBytes)
  t.true(drawn <= formula && drawn > formula - DRAW_OVERHEAD_BYTES / 2, `${drawn} by documents, ${formula} by formula`)

  const entries = new Uint8Array(SWEEP_BATCH * 16)
  const asked = SWEEP_CHALLENGE.schema.parse({ ...scope, round: 1_400, ticket: hash, key: hash, entries })
  const said = { challenge: hash, from: 0, until: SWEEP_BATCH, digest: hash, lost: [], answeredMs: times.answeredMs }
  const swept = encodeBytes(signDocument(SWEEP_CHALLENGE, asked, key)).length + encodeBytes(signDocument(SWEEP_ANSWER, said, key)).length
  const overhead = swept - entries.length
  t.true(overhead <= BATCH_OVERHEAD_BYTES && overhead > BATCH_OVERHEAD_BYTES / 2, `${overhead} beside the entries`)
})

test('a sweep is done with nine tenths of its round', (t) => {
  const { sweepMs } = AUDIT_PROMISE
  t.is(sweptBy(0, 0, sweepMs), 0)
  t.is(sweptBy(0.45 * sweepMs, 0, sweepMs), 0.5)
  t.is(sweptBy(0.91 * sweepMs, 0, sweepMs), 1)
  t.is(sweptBy(-1, 0, sweepMs), 0)
})
