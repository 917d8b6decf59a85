/**
 * prove-sweep: open the challenge → find each shard → read its 16 bytes → one keyed digest for each part → sign. What it has lost, the
 * provider says; sixteen zeros stand for it.
 *
 * The bytes are not compared with anything: whoever asks looks, and where they differ asks for the leaf.
 *
 * @module
 */
import {
  ENTRY_SEGMENT_BYTES,
  openChallenge,
  SWEEP_ANSWER,
  SWEEP_CHALLENGE,
  type SweepAnswer,
  type SweepEntry,
  unpackEntries,
} from '@lunarx/core/audit'
import { documentId, signDocument, type SignedDocument } from '@lunarx/core/document'
import { concatBytes, LIMITS, LunarError } from '@lunarx/core/model'
import { sweepAnswer } from '@lunarx/core/proof'
import type { Asked } from '@lunarx/net/peers'
import type { AnswerOf, proveSweep, QuestionOf } from '@lunarx/wire'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { OpenShard, ShardKey } from '../store/index.ts'
import { readFrom, type ProveDeps } from './read-from.ts'

const NO_CODE = new Uint8Array(LIMITS.watermarkBytes)

/** @throws {LunarError} BAD_MESSAGE: there is no such part or place; BAD_SIGNATURE, UNAUTHORIZED, STORE_FAILED, STOPPING, TOO_MANY_REQUESTS */
export async function answerSweep(
  { challenge: document, parts }: QuestionOf<typeof proveSweep>,
  { session, signal }: Asked,
  deps: ProveDeps,
): Promise<AnswerOf<typeof proveSweep>> {
  const { crypto, limits } = deps
  limits.takeSweep(session.peer)
  const { entries: packed, key } = openChallenge(SWEEP_CHALLENGE, document, session.peer, deps)
  const entries = unpackEntries(packed)
  const challenge = documentId(SWEEP_CHALLENGE, document, crypto)
  const answers: SignedDocument[] = []
  for (const { from, until } of parts) {
    if (from >= until || until > entries.length)
      throw new LunarError('BAD_MESSAGE', 'the sweep has no such part', { detail: { from, until, entries: entries.length } })
    const codes = await limits.sweeping(() => readCodes(entries.slice(from, until), deps, signal), signal)
    answers.push(signCodes(codes, { challenge, from, until }, key, deps))
  }
  return { answers }
}

function signCodes(
  codes: readonly (Uint8Array | undefined)[],
  part: Pick<SweepAnswer, 'challenge' | 'from' | 'until'>,
  key: Uint8Array,
  { crypto, clock, signKey, counts }: ProveDeps,
): SignedDocument {
  counts.sweep(codes)
  const digest = sweepAnswer(
    key,
    codes.map((code) => code ?? NO_CODE),
    crypto,
  )
  const lost = codes.flatMap((code, i) => (code ? [] : [part.from + i]))
  return signDocument(SWEEP_ANSWER, { ...part, digest, lost, answeredMs: Math.floor(clock.now()) }, signKey)
}

/** What stands at the places, in their order; undefined where the shard is not here. */
async function readCodes(entries: readonly SweepEntry[], deps: ProveDeps, signal: AbortSignal): Promise<(Uint8Array | undefined)[]> {
  const codes: (Uint8Array | undefined)[] = []
  const side = PROVIDER_LIMITS.sweptAtOnce
  for (let from = 0; from < entries.length; from += side) {
    signal.throwIfAborted()
    codes.push(...(await Promise.all(entries.slice(from, from + side).map((entry) => readCode(entry, deps)))))
  }
  return codes
}

async function readCode(entry: SweepEntry, deps: ProveDeps): Promise<Uint8Array | undefined> {
  const key = await findShard(entry, deps)
  return key && (await readFrom(key, deps, (shard) => readPlace(entry.offset, shard)))
}

async function readPlace(offset: number, shard: OpenShard): Promise<Uint8Array | 'wrong'> {
  const { shardBytes } = shard.record
  if (offset + LIMITS.watermarkBytes > shardBytes)
    throw new LunarError('BAD_MESSAGE', 'the shard has no such place', { detail: { offset, shardBytes } })
  const code = new Uint8Array(LIMITS.watermarkBytes)
  for (let at = 0; at < code.length;) {
    const count = await shard.read(code.subarray(at), offset + at)
    if (count === 0) return 'wrong'
    at += count
  }
  return code
}

/** The shard whose set begins with these bytes; of two sets the one whose id is less. */
async function findShard({ segment, index }: SweepEntry, { catalog }: ProveDeps): Promise<ShardKey | undefined> {
  const rest = (fill: number): Uint8Array => new Uint8Array(33 - ENTRY_SEGMENT_BYTES).fill(fill)
  const { keys } = await catalog.keys(concatBytes(segment, rest(0)), concatBytes(segment, rest(255)), LIMITS.trackerSlots)
  return keys.find((key) => key.index === index)
}
