/**
 * prove-sweep: find each shard → read its 16 bytes → one keyed digest over all → sign. What it lacks, the provider says.
 *
 * The bytes are not compared with anything: whoever asks looks, and where they differ asks for the leaf.
 *
 * @module
 */
import { signDocument } from '@lunarx/core/document'
import { LIMITS, LunarError } from '@lunarx/core/model'
import { SWEEP_PROOF, sweepAnswer, sweptDigest, unpackSwept, type SweptShard } from '@lunarx/core/proof'
import type { Asked } from '@lunarx/net/peers'
import type { AnswerOf, proveSweep, QuestionOf } from '@lunarx/wire'
import { PROVIDER_LIMITS } from '../limits.ts'
import { readFrom, type ProveDeps } from './read-from.ts'

/** @throws {LunarError} BAD_MESSAGE: a shard has no such place; STORE_FAILED, STOPPING, TOO_MANY_REQUESTS */
export async function answerSweep(
  { asked: packed, key }: QuestionOf<typeof proveSweep>,
  asked: Asked,
  deps: ProveDeps,
): Promise<AnswerOf<typeof proveSweep>> {
  const { crypto, clock, signKey, network, self, limits, counts } = deps
  limits.takeSweep(asked.session.peer)
  const codes = await limits.sweeping(() => readCodes(unpackSwept(packed), deps, asked.signal), asked.signal)
  counts.sweep(codes)
  const absent = codes.flatMap((code, i) => (code ? [] : [i]))
  const given = sweepAnswer(
    key,
    codes.flatMap((code) => code ?? []),
    crypto,
  )
  const proof = signDocument(
    SWEEP_PROOF,
    {
      network,
      verifier: asked.session.peer,
      provider: self,
      answeredMs: Math.floor(clock.now()),
      asked: sweptDigest(packed, crypto),
      key,
      absent,
      given,
    },
    signKey,
  )
  return { proof }
}

/** What stands at the places, in their order; undefined where the shard is not here. */
async function readCodes(shards: readonly SweptShard[], deps: ProveDeps, signal: AbortSignal): Promise<(Uint8Array | undefined)[]> {
  const codes: (Uint8Array | undefined)[] = []
  const side = PROVIDER_LIMITS.sweptAtOnce
  for (let from = 0; from < shards.length; from += side) {
    signal.throwIfAborted()
    codes.push(...(await Promise.all(shards.slice(from, from + side).map((shard) => readCode(shard, deps)))))
  }
  return codes
}

function readCode({ segment, index, offset }: SweptShard, deps: ProveDeps): Promise<Uint8Array | undefined> {
  return readFrom({ segment, index }, deps, async (shard) => {
    const { shardBytes } = shard.record
    if (offset + LIMITS.watermarkBytes > shardBytes)
      throw new LunarError('BAD_MESSAGE', 'the shard has no such place', { detail: { offset, shardBytes } })
    const code = new Uint8Array(LIMITS.watermarkBytes)
    for (let at = 0; at < code.length;) {
      const read = await shard.read(code.subarray(at), offset + at)
      if (read === 0) return 'wrong'
      at += read
    }
    return code
  })
}
