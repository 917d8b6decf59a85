/**
 * Questions about rows: what a signed answer proves, and that a transcript is judged by its documents alone.
 */
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { hexOf, itemAt, utf8 } from '../model/index.ts'
import { signCommit, type ValuedCommit } from '../row/index.ts'
import { keyOf, NETWORK, owner, peer } from './_papers.test.ts'
import {
  asked,
  beacon,
  commitOf,
  heads,
  idOf,
  leaf,
  right,
  rowTranscriptOf,
  seed,
  TABLE,
  verifiers,
  WRITER,
  type ToldRow,
} from './_row-papers.test.ts'
import {
  drawnHead,
  drawnPartition,
  isUnderRoot,
  excuseReplica,
  isReplicaDue,
  judgeReplica,
  ROW_STRETCH,
  rowPath,
  rowRoot,
  SILENCE,
  verifyRowTranscript,
  type ProviderNow,
  type ReplicaState,
  type RowAnswer,
  type TranscriptJudge,
} from './index.ts'

const judge: TranscriptJudge = { network: NETWORK, isVerifier: (one) => verifiers.map(peer).includes(one), quorum: 2 }

const findingOf = (told: ToldRow, by: TranscriptJudge = judge): string => {
  const finding = verifyRowTranscript(rowTranscriptOf(told), by, crypto)
  return finding.kind === 'valid' ? `${finding.isOwnRoot ? 'own' : 'other'} ${finding.verdict}` : finding.reason
}

test('what an answer says under its own root follows from the documents', (t) => {
  const wrong = (proof: RowAnswer['proof'], more: Partial<typeof right> = {}) =>
    findingOf({ answer: { ...right, ...more, proof }, verdict: 'disproved' })
  t.is(findingOf({ answer: right, verdict: 'proved' }), 'own proved')
  t.is(findingOf({ answer: { ...right, proof: null }, verdict: 'lost' }), 'own lost')
  t.is(findingOf({ answer: undefined, verdict: 'silent' }), 'own silent')
  t.is(wrong({ ...asked, value: utf8('garbage'), successor: null }), 'own disproved')
  t.is(wrong({ ...asked, value: null, successor: null }), 'own disproved')
  const neighbour = itemAt(heads, (leaf + 1) % heads.length)
  t.is(wrong({ ...neighbour, successor: null }), 'own disproved', 'another commit than it names')
  t.is(wrong({ ...neighbour, successor: null }, { commit: idOf(neighbour) }), 'own disproved', 'one that is not at this place')
  t.is(wrong(right.proof, { path: [] }), 'own disproved')
  const foreign = signCommit({ ...commitDraft(), timeMs: 2 }, keyOf('somebody'), crypto)
  t.is(wrong({ ...asked, value: null, successor: foreign }), 'own disproved', 'a successor that its author did not sign')
})

const commitDraft = () => ({
  author: owner.publicKey,
  table: TABLE,
  row: crypto.sha256(utf8(`row ${leaf}`)),
  parents: [],
  writer: WRITER,
  clock: { [hexOf(WRITER)]: 2 },
  value: utf8('later'),
})

test('who has a later head of the row has what was asked; an earlier one, or another row, will not do', (t) => {
  const proof = (successor: ValuedCommit): ToldRow => ({
    answer: { ...right, proof: { ...asked, value: null, successor } },
    verdict: 'proved',
  })
  t.is(findingOf(proof(commitOf(`row ${leaf}`, 2))), 'own proved')
  t.is(findingOf({ ...proof(commitOf(`row ${leaf}`, 1)), verdict: 'disproved' }), 'own disproved')
  t.is(findingOf({ ...proof(commitOf('row 9', 2)), verdict: 'disproved' }), 'own disproved')
  t.is(findingOf({ ...proof({ ...commitOf(`row ${leaf}`, 2), value: utf8('x') }), verdict: 'disproved' }), 'own disproved')
})

test('another replica is asked by the commit: what it lacks is no more than that', (t) => {
  const answer = { ...right, path: [] }
  t.is(findingOf({ answer, verdict: 'proved', commit: asked }), 'other proved')
  t.is(findingOf({ answer: { ...answer, proof: null }, verdict: 'lost', commit: asked }), 'other lost')
  t.is(findingOf({ answer, verdict: 'proved', commit: commitOf('row 1', 1, stream('another table', 32)) }), 'no-such-leaf')
})

test('verdicts are not believed, and questions that nobody drew prove nothing', (t) => {
  t.is(findingOf({ answer: right, verdict: 'disproved' }), 'verdict-is-wrong')
  t.is(findingOf({ answer: { ...right, proof: null }, verdict: 'proved' }), 'verdict-is-wrong')
  t.is(findingOf({ answer: right, verdict: 'proved', signers: verifiers.slice(1) }), 'too-few-verdicts')
  t.is(findingOf({ answer: right, verdict: 'proved', signers: [keyOf('c')] }), 'not-a-verifier')
  t.is(findingOf({ answer: right, verdict: 'proved', draw: { network: 'another' } }), 'other-network')
  t.is(findingOf({ answer: right, verdict: 'proved', leaf: (leaf + 1) % heads.length }), 'not-the-drawn-leaf')
  const byBeacon: TranscriptJudge = { ...judge, beaconValue: (round) => (round === 1 ? beacon : undefined) }
  t.is(findingOf({ answer: right, verdict: 'proved' }, byBeacon), 'own proved')
  const chosen = { answer: undefined, verdict: 'silent' as const, draw: { seed: stream('chosen', 32) } }
  t.is(findingOf({ ...chosen, leaf: drawnHead(stream('chosen', 32), heads.length) }, byBeacon), 'not-the-drawn-leaf')
})

test('a root binds every head of a stretch to its place, whatever its length', (t) => {
  for (const leaves of [1, 2, 3, 7, 64, 100, ROW_STRETCH]) {
    const many = Array.from({ length: leaves }, (_, i) => crypto.sha256(utf8(`commit ${i}`)))
    const root = { root: rowRoot(many, crypto), leaves }
    for (const at of new Set([0, leaves >> 1, leaves - 1])) {
      const path = rowPath(many, at, crypto)
      t.true(isUnderRoot(root, at, itemAt(many, at), path, crypto))
      t.false(isUnderRoot(root, at, crypto.sha256(utf8('other')), path, crypto))
      t.false(isUnderRoot(root, at + 1, itemAt(many, at), path, crypto) && leaves > 1)
      t.false(isUnderRoot({ ...root, leaves: leaves + 1 }, at, itemAt(many, at), path, crypto))
      t.false(isUnderRoot(root, at, itemAt(many, at), [...path, itemAt(many, at)], crypto))
    }
  }
})

test('a partition is drawn as often as it has rows', (t) => {
  const rows = [0, 700, 0, 200, 100]
  const drawn = rows.map(() => 0)
  for (let i = 0; i < 2_000; i++) {
    const at = drawnPartition(crypto.sha256(utf8(`draw ${i}`)), rows) ?? 0
    drawn[at] = itemAt(drawn, at) + 1
  }
  t.deepEqual([drawn[0], drawn[2]], [0, 0])
  // five standard deviations of a binomial of 2,000
  for (const at of [1, 3, 4])
    t.true(Math.abs(itemAt(drawn, at) - 2 * itemAt(rows, at)) < 5 * Math.sqrt(2 * itemAt(rows, at)), JSON.stringify(drawn))
  t.is(drawnPartition(seed, []), undefined)
  t.is(drawnPartition(seed, [0, 0]), undefined)
})

test('a replica is contained while it lacks a row, missing when it says so an hour later, and clear with a proof at any time', (t) => {
  const now = (nowMs: number, heartbeatsSinceMs: number | null = 0) => ({ nowMs, heartbeatsSinceMs, isInMaintenance: false })
  const hour = SILENCE.missingAfterMs
  const clear: ReplicaState = { kind: 'clear' }
  const first = judgeReplica(clear, 'lost', now(0))
  t.is(first.kind, 'contained')
  t.is(judgeReplica(first, 'lost', now(hour)).kind, 'contained', 'it said so twice')
  const again = judgeReplica(first, 'lost', now(hour / 2))
  t.is(judgeReplica(again, 'lost', now(hour - 1)).kind, 'contained')
  t.is(judgeReplica(again, 'lost', now(hour)).kind, 'missing')
  t.is(judgeReplica(again, 'lost', now(hour, 1)).kind, 'contained', 'it was away meanwhile')
  t.is(judgeReplica(again, 'lost', { ...now(hour), isInMaintenance: true }).kind, 'contained')
  t.is(judgeReplica(judgeReplica(again, 'silent', now(hour)), 'lost', now(hour)).kind, 'missing', 'silence takes nothing back')
  const silent = judgeReplica(judgeReplica(clear, 'silent', now(0)), 'silent', now(hour))
  t.is(judgeReplica(silent, 'silent', now(10 * hour)).kind, 'contained', 'silence alone, for less than a day in all')
  t.is(judgeReplica(judgeReplica(again, 'lost', now(hour)), 'proved', now(2 * hour)).kind, 'clear')
  t.false(isReplicaDue(first, now(SILENCE.askAgainMs - 1)))
  t.true(isReplicaDue(first, now(SILENCE.askAgainMs)))
  t.false(isReplicaDue(first, now(SILENCE.askAgainMs, null)))
  t.false(isReplicaDue(clear, now(hour)))
})

test('a replica that was excused begins anew, whatever it was', (t) => {
  const now = (nowMs: number) => ({ nowMs, heartbeatsSinceMs: 0, isInMaintenance: false })
  const hour = SILENCE.missingAfterMs
  const lacksAt = (state: ReplicaState, ...times: number[]) => times.reduce((so, at) => judgeReplica(so, 'lost', now(at)), state)
  const missing = lacksAt({ kind: 'clear' }, 0, hour / 2, hour)
  t.is(missing.kind, 'missing')
  const excused = excuseReplica(missing, 'away')
  t.is(excused.kind, 'contained')
  t.is(lacksAt(excused, 2 * hour, 2 * hour + 1, 2 * hour + 2).kind, 'contained')
  t.is(lacksAt(excused, 2 * hour, 2 * hour + 1, 3 * hour).kind, 'missing')
  t.deepEqual(excuseReplica({ kind: 'clear' }, 'away'), { kind: 'clear' })
})

test('a replica that proves nothing for a day in all lacks the row, whatever it says and however its heartbeats pause', (t) => {
  const { askAgainMs, inAllMs } = SILENCE
  type Step = (state: ReplicaState, nowMs: number) => ReplicaState
  const now = (nowMs: number, more: Partial<ProviderNow> = {}) => ({
    nowMs,
    heartbeatsSinceMs: nowMs - (nowMs % 3_000_000),
    isInMaintenance: false,
    ...more,
  })
  const stateAt = (untilMs: number, step: Step): ReplicaState => {
    let state: ReplicaState = { kind: 'clear' }
    for (let nowMs = 0; nowMs <= untilMs; nowMs += askAgainMs) state = step(state, nowMs)
    return state
  }
  const says =
    (evidence: 'lost' | 'silent'): Step =>
    (state, nowMs) =>
      judgeReplica(state, evidence, now(nowMs))
  const away: Step = (state, nowMs) => judgeReplica(excuseReplica(state, 'away'), 'silent', now(nowMs, { heartbeatsSinceMs: null }))
  for (const step of [says('lost'), says('silent'), away]) {
    t.is(stateAt(inAllMs - 1, step).kind, 'contained')
    const missing = stateAt(inAllMs, step)
    t.is(missing.kind, 'missing')
    t.is(excuseReplica(missing, 'away').kind, 'missing')
    t.is(judgeReplica(missing, 'proved', now(inAllMs + 1)).kind, 'clear')
    const excused = excuseReplica(missing, 'ordered')
    t.is(judgeReplica(excused, 'silent', now(inAllMs + askAgainMs)).kind, 'contained', 'worked on, or to go: it begins anew')
  }
  const worked: Step = (state, nowMs) => judgeReplica(state, 'silent', now(nowMs, { isInMaintenance: nowMs >= askAgainMs }))
  t.is(stateAt(2 * inAllMs, worked).kind, 'contained')
  const rarely: Step = (state, nowMs) => (nowMs % (24 * askAgainMs) === 0 ? judgeReplica(state, 'silent', now(nowMs)) : state)
  t.is(stateAt(10 * inAllMs, rarely).kind, 'contained', 'what lies between two questions counts for twenty minutes')
})
