import {
  BEACON_ROUND_MS,
  drawnLeafOf,
  drawSeed,
  drawsOfRound,
  encodeBeaconProof,
  encodeConviction,
  encodeRowTranscript,
  encodeTranscript,
  verifyBeaconProof,
  type LeafChallenge,
} from '@lunarx/core/audit'
import { textOfBytes } from '@lunarx/core/document'
import { hexOf, itemAt, LIMITS, textOf, utf8 } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proofOf } from '../../core/audit/_beacon-papers.test.ts'
import { keyOf, NETWORK, owner, peer, provider, signedShard, transcriptOf } from '../../core/audit/_papers.test.ts'
import {
  brokenConviction,
  convictionOf,
  FRAMED,
  rightCodes,
  segment as ofTicket,
  tracker,
} from '../../core/audit/_conviction-papers.test.ts'
import { asked, idOf, leaf, right as rightRow, rowTranscriptOf } from '../../core/audit/_row-papers.test.ts'
import { stream } from '../../../test/vectors/stream.ts'
import { makeProgram } from '../program.ts'

const shard = signedShard(stream('shard', 2 * LIMITS.leafBytes))
const verifiers = [keyOf('a'), keyOf('b')]
const [first, second] = verifiers.map(peer)
const question: LeafChallenge = {
  network: NETWORK,
  provider: peer(provider),
  verifier: first ?? '',
  round: 0,
  sequence: 0,
  askedFor: 'draw',
  segment: shard.segment,
  index: 1,
  leaf: 1,
  askedMs: 1_000,
}

/** A transcript as the admin API gives it. */
function textWith(proof: ReturnType<typeof shard.proofOf>, verdict: 'proved' | 'disproved'): string {
  return textOfBytes(encodeTranscript(transcriptOf(shard, { question, answer: { proof, answeredMs: 2 }, verdict, verifiers })))
}

/** `lunarx verify - …`, with this on standard input. */
async function verify(text: string, ...args: readonly string[]): Promise<string> {
  let out = ''
  async function* stdin(): AsyncGenerator<Uint8Array> {
    yield utf8(text)
  }
  const write = async (bytes: Uint8Array | string): Promise<void> => void (out += typeof bytes === 'string' ? bytes : textOf(bytes))
  const stderr = { isTty: false, columns: 80, write: async () => undefined }
  const signal = new AbortController().signal
  const io = { env: {}, stdin: stdin(), stdout: { isTty: false, columns: 80, write }, stderr, signal, self: ['lunarx'] as const }
  await makeProgram(io).parseAsync(['node', 'lunarx', 'verify', '-', ...args])
  return out
}

const right = shard.proofOf(1)
const wrong = { ...right, bytes: right.bytes.map((byte) => byte ^ 1) }

test('a transcript is judged again: the verdict, of whom, about what, by whom', async (t) => {
  const said = JSON.parse(await verify(`${textWith(wrong, 'disproved')}\n`, '--json')) as Record<string, unknown>
  t.like(said, { verdict: 'disproved', provider: peer(provider), segment: hexOf(shard.segment), shard: 1, leaf: 1, network: NETWORK })
  t.deepEqual(said['verifiers'], [first, second])
  t.regex(await verify(textWith(right, 'proved')), /verdict: +proved/)
})

test('a verdict that the documents do not bear out, another network, and verifiers that may not verify are refused', async (t) => {
  const detail = async (asked: Promise<string>): Promise<unknown> => {
    const error = await t.throwsAsync(asked, { code: 'BAD_TRANSCRIPT' })
    return (error as unknown as { readonly detail: { readonly reason: string } }).detail.reason
  }
  t.is(await detail(verify(textWith(right, 'disproved'))), 'verdict-is-wrong')
  t.is(await detail(verify(textWith(wrong, 'proved'))), 'verdict-is-wrong')
  t.is(await detail(verify(textWith(right, 'proved'), '--network', 'another')), 'other-network')
  t.is(await detail(verify(textWith(right, 'proved'), '--verifier', second ?? '')), 'not-a-verifier')
})

test('who names trackers alone judges what they asked, whoever signed beside them: that counts for nothing', async (t) => {
  const outsider = keyOf('outsider')
  const answer = { proof: wrong, answeredMs: 2 }
  const told = (signers: readonly (typeof outsider)[]): string =>
    textOfBytes(encodeTranscript(transcriptOf(shard, { question, answer, verdict: 'disproved', verifiers, signers })))
  const named = ['--verifier', `${first}`, `${second}`]
  const text = told([...verifiers, outsider])
  const said = JSON.parse(await verify(text, '--json', ...named)) as Record<string, unknown>
  t.like(said, { verdict: 'disproved', verifiers: [first, second] })
  t.is(said['transcript'], (JSON.parse(await verify(text, '--json')) as Record<string, unknown>)['transcript'], 'it is the same one')
  await t.throwsAsync(verify(told([outsider]), ...named), { code: 'BAD_TRANSCRIPT' })
})

test('so is the transcript of a row: who signed the root, and which commit was asked', async (t) => {
  const lost = rowTranscriptOf({ answer: { ...rightRow, proof: null }, verdict: 'lost' })
  const said = JSON.parse(await verify(textOfBytes(encodeRowTranscript(lost)), '--json')) as Record<string, unknown>
  t.like(said, { verdict: 'lost', provider: peer(provider), root: `signed by ${peer(provider)}`, commit: hexOf(idOf(asked)), leaf })
  const forged = rowTranscriptOf({ answer: rightRow, verdict: 'lost' })
  await t.throwsAsync(verify(textOfBytes(encodeRowTranscript(forged))), { code: 'BAD_TRANSCRIPT' })
})

test('so is the conviction of a ticket: whose, by what, about which set, and who is cleared', async (t) => {
  const said = JSON.parse(await verify(textOfBytes(encodeConviction(convictionOf(FRAMED))), '--json')) as Record<string, unknown>
  const about = { verdict: 'convicted', tracker: peer(tracker), slot: 3, cleared: peer(provider), network: NETWORK }
  t.like(said, { ...about, cause: 'leaf', segment: hexOf(ofTicket), owner: hexOf(owner.publicKey) })
  t.like(JSON.parse(await verify(textOfBytes(encodeConviction(brokenConviction())), '--json')), { ...about, cause: 'opening' })
  await t.throwsAsync(verify(textOfBytes(encodeConviction(convictionOf(rightCodes)))), { code: 'BAD_TRANSCRIPT' })
})

const ROUND = 400_000
const INTERVAL_MS = 188_000
const proof = proofOf(verifiers, ROUND)
const value = verifyBeaconProof(proof, crypto)
const startMs = ROUND * BEACON_ROUND_MS
const source = { value, provider: peer(provider), startMs, untilMs: startMs + BEACON_ROUND_MS, meanMs: INTERVAL_MS }
const draw = itemAt([...drawsOfRound(source, crypto)], 3)

/** The transcript of this draw, with these changes. */
function drawnWith(change: Partial<LeafChallenge> = {}): string {
  const { sequence, dueMs } = draw
  const drawn = {
    ...question,
    round: ROUND,
    sequence,
    leaf: drawnLeafOf(draw.seed, shard.bytes.length),
    askedMs: Math.ceil(dueMs),
    ...change,
  }
  const answer = { proof: shard.proofOf(drawn.leaf), answeredMs: 2 }
  return textOfBytes(encodeTranscript(transcriptOf(shard, { question: drawn, answer, verdict: 'proved', verifiers })))
}

async function withRound<T>(other: typeof proof, work: (file: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'lunarx-beacon-'))
  try {
    const file = join(dir, 'round.txt')
    await writeFile(file, textOfBytes(encodeBeaconProof(other)))
    return await work(file)
  } finally {
    await rm(dir, { recursive: true })
  }
}

test('a draw follows from the beacon: which, when it was due, and who had to ask; what does not follow is refused', async (t) => {
  const interval = ['--interval', String(INTERVAL_MS / 1_000)]
  await withRound(proof, async (file) => {
    const said = JSON.parse(await verify(drawnWith(), '--beacon', file, ...interval, '--json')) as Record<string, unknown>
    t.like(said, { verdict: 'proved', due: new Date(draw.dueMs).toISOString() })
    t.regex(String(said['asker']), /^number [12] of 2 in the drawn order$/)
    t.deepEqual(said['participants'], proof.participants)
    t.regex(String(said['drawn']), new RegExp(`^number 3 of round ${ROUND}, value ${hexOf(value)}$`))
    const reason = async (text: string, ...args: readonly string[]): Promise<unknown> => {
      const error = await t.throwsAsync(verify(text, '--beacon', file, ...interval, ...args), { code: 'BAD_TRANSCRIPT' })
      return (error as unknown as { readonly detail: { readonly reason: string } }).detail.reason
    }
    t.is(await reason(drawnWith({ leaf: 1 - drawnLeafOf(draw.seed, shard.bytes.length) })), 'not-the-drawn-leaf')
    t.is(await reason(drawnWith({ sequence: sequenceWithLeaf() })), 'no-such-draw')
    t.is(await reason(drawnWith({ askedMs: startMs - BEACON_ROUND_MS })), 'asked-at-another-time')
    t.is(await reason(drawnWith({ round: ROUND + 1 })), 'other-round')
    t.is(await reason(drawnWith({ round: 0 })), 'not-drawn')
    t.is(await reason(drawnWith({ askedFor: 'place' })), 'not-drawn')
    t.is(await reason(drawnWith(), '--verifier', first ?? ''), 'bad-beacon', 'the other participant may not verify')
    t.is(await reason(textOfBytes(encodeConviction(convictionOf(FRAMED)))), 'not-drawn')
  })
  await withRound({ ...proof, sets: proof.sets.slice(0, 1) }, async (file) => {
    await t.throwsAsync(verify(drawnWith(), '--beacon', file), { code: 'BAD_TRANSCRIPT' })
  })
})

test('a round that one of those who may verify made alone, or a minority of them, draws nothing', async (t) => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => peer(keyOf(name)))
  const reasonOf = async (text: string, ...args: readonly string[]): Promise<unknown> => {
    const error = await t.throwsAsync(verify(text, ...args), { code: 'BAD_TRANSCRIPT' })
    return (error as unknown as { readonly detail: { readonly reason: string } }).detail.reason
  }
  const alone = proofOf(verifiers.slice(0, 1), ROUND)
  t.is(await reasonOf(textOfBytes(encodeBeaconProof(alone)), '--verifier', `${a}`, `${b}`), 'too-few-participants')
  await withRound(alone, async (file) => {
    t.is(await reasonOf(drawnWith(), '--beacon', file, '--verifier', `${a}`, `${b}`, `${c}`), 'too-few-participants')
  })
  const of = async (proven: typeof proof, ...names: readonly (string | undefined)[]): Promise<unknown> =>
    (
      JSON.parse(await verify(textOfBytes(encodeBeaconProof(proven)), '--json', '--verifier', ...names.map(String))) as Record<
        string,
        unknown
      >
    )['round']
  t.is(await of(proof, a, b, c), ROUND, 'two of three are a majority')
  t.is(await of(alone, a, a), ROUND, 'who is named twice counts once')
  const three = proofOf(['a', 'b', 'c'].map(keyOf), ROUND)
  const twoSigned = { ...three, sets: three.sets.slice(1) }
  t.is(await of(twoSigned, a, b, c), ROUND)
  const five = ['a', 'b', 'c', 'd', 'e'].map((name) => peer(keyOf(name)))
  t.is(
    await reasonOf(textOfBytes(encodeBeaconProof(twoSigned)), '--verifier', ...five),
    'too-few-participants',
    'two made it, and named a third',
  )
})

test('an outside verifier that is named may ask, judge, and take no part in the beacon; one that is not named may not', async (t) => {
  const outsider = keyOf('outsider')
  const { sequence, dueMs } = draw
  const about = { round: ROUND, sequence, leaf: drawnLeafOf(draw.seed, shard.bytes.length), askedMs: Math.ceil(dueMs) }
  const challenge = { ...question, ...about, verifier: peer(outsider) }
  const answer = { proof: shard.proofOf(challenge.leaf), answeredMs: 2 }
  const told = { question: challenge, answer, verdict: 'proved' as const, verifiers: [outsider, ...verifiers] }
  const text = textOfBytes(encodeTranscript(transcriptOf(shard, told)))
  const trackers = ['--verifier', `${first}`, `${second}`]
  await withRound(proof, async (file) => {
    const args = ['--beacon', file, '--interval', `${INTERVAL_MS / 1_000}`]
    const said = JSON.parse(await verify(text, '--json', ...args, ...trackers, '--outsider', peer(outsider))) as Record<string, unknown>
    t.is(said['asker'], 'an outside verifier')
    t.deepEqual(said['participants'], proof.participants, 'it is none of those that made the value')
    for (const named of [[...args, ...trackers], args]) await t.throwsAsync(verify(text, ...named), { code: 'BAD_TRANSCRIPT' })
    // outsiders raise no majority: one of the two trackers named still makes no round
    const many = Array.from({ length: 5 }, (_, i) => peer(keyOf(`outsider ${i}`)))
    t.truthy(await verify(text, ...args, ...trackers, '--outsider', peer(outsider), ...many))
  })
})

/** One that is far beyond the hour's, of which the leaf would be the same: who may choose the number may choose the leaf. */
function sequenceWithLeaf(): number {
  const leaf = drawnLeafOf(draw.seed, shard.bytes.length)
  for (let sequence = 10_000; ; sequence++)
    if (drawnLeafOf(drawSeed(value, peer(provider), sequence, crypto), shard.bytes.length) === leaf) return sequence
}

test('the proof of a round says its value, and who made it', async (t) => {
  const said = JSON.parse(await verify(textOfBytes(encodeBeaconProof(proof)), '--json')) as Record<string, unknown>
  t.like(said, { value: hexOf(value), round: ROUND, network: NETWORK })
  t.deepEqual(said['participants'], proof.participants)
  await t.throwsAsync(verify(textOfBytes(encodeBeaconProof({ ...proof, round: ROUND + 1 }))), { code: 'BAD_TRANSCRIPT' })
})

test('the proof of a round names the outside verifiers whose secrets are in it, and those that kept theirs back', async (t) => {
  const [one, two] = [keyOf('one'), keyOf('two')]
  const made = proofOf(verifiers, ROUND, { verifiers: [one, two], opens: (i) => i === 1 })
  const trackers = ['--verifier', ...verifiers.map(peer)]
  const said = JSON.parse(await verify(textOfBytes(encodeBeaconProof(made)), '--json', ...trackers)) as Record<string, unknown>
  t.deepEqual([said['outsiders'], said['withheld']], [[peer(two)], [peer(one)]])
  const before = JSON.parse(await verify(textOfBytes(encodeBeaconProof(proof)), '--json')) as Record<string, unknown>
  t.false('outsiders' in before)
})

test('what is no transcript is said to be none', async (t) => {
  await t.throwsAsync(verify('aGVsbG8='), { code: 'BAD_MESSAGE' })
  await t.throwsAsync(verify('A'.repeat(400_001)), { code: 'BAD_MESSAGE' })
})
