/**
 * prove-leaf: find → read the leaf → prove its path → look whether it is right → sign.
 *
 * What is wrong on the disk is never signed as if it were right: the provider says that it lacks the leaf, and has the shard read whole
 * by its scrub. So only who means to deceive signs wrong bytes.
 *
 * @module
 */
import { LEAF_PROOF, leafDigest, verifyDraw, type DrawAnswer } from '@lunarx/core/proof'
import { signDocument } from '@lunarx/core/document'
import { leafCount, provePath } from '@lunarx/core/merkle'
import { LIMITS, LunarError } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { AnswerOf, proveLeaf, QuestionOf } from '@lunarx/wire'
import type { OpenShard } from '../store/index.ts'
import { readFrom, type ProveDeps } from './read-from.ts'

type Question = QuestionOf<typeof proveLeaf>

/** @throws {LunarError} BAD_MESSAGE: the shard has no such leaf; STORE_FAILED, STOPPING, TOO_MANY_REQUESTS */
export async function answerLeaf(question: Question, asked: Asked, deps: ProveDeps): Promise<AnswerOf<typeof proveLeaf>> {
  const { segment, index, leaf, nonce } = question
  const { crypto, clock, signKey, network, self, limits, counts } = deps
  limits.takeLeaf(asked.session.peer)
  const given = await limits.reading(() => readFrom({ segment, index }, deps, (shard) => readLeaf(question, shard, deps)), asked.signal)
  counts.leaf(given)
  const proof = signDocument(
    LEAF_PROOF,
    {
      network,
      verifier: asked.session.peer,
      provider: self,
      answeredMs: Math.floor(clock.now()),
      segment,
      index,
      leaf,
      nonce,
      given: given ? leafDigest(given.bytes, given.path, crypto) : null,
    },
    signKey,
  )
  return { proof, given: given ? { bytes: given.bytes, path: [...given.path] } : null }
}

/** 'wrong': it does not match the address. */
async function readLeaf({ index, leaf }: Question, shard: OpenShard, { crypto }: ProveDeps): Promise<DrawAnswer | 'wrong'> {
  const { shardBytes, addresses } = shard.record
  const address = addresses[index]
  if (leaf >= leafCount(shardBytes) || !address)
    throw new LunarError('BAD_MESSAGE', 'the shard has no such leaf', { detail: { leaf, shardBytes } })
  const start = leaf * LIMITS.leafBytes
  const bytes = new Uint8Array(Math.min(LIMITS.leafBytes, shardBytes - start))
  for (let at = 0; at < bytes.length;) {
    const read = await shard.read(bytes.subarray(at), start + at)
    if (read === 0) return 'wrong'
    at += read
  }
  const answer = { bytes, path: provePath(await shard.leafHashes(), leaf, 1, crypto) }
  return verifyDraw(leaf, answer, { address, shardBytes }, crypto) ? answer : 'wrong'
}
