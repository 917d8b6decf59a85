/**
 * prove-leaf: open the challenge → see that it was ordered → find → read the leaf → prove its path → look whether it is right → sign.
 *
 * What is wrong on the disk is never signed as if it were right: the provider says that it has lost the leaf, and has the shard read
 * whole by its scrub. So only who means to deceive signs wrong bytes.
 *
 * @module
 */
import { LEAF_ANSWER, LEAF_CHALLENGE, type LeafAnswer, type LeafChallenge, openChallenge } from '@lunarx/core/audit'
import { documentId, signDocument, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { leafCount, provePath } from '@lunarx/core/merkle'
import { LIMITS, LunarError } from '@lunarx/core/model'
import { verifyDraw } from '@lunarx/core/proof'
import type { OpenShard } from '../store/index.ts'
import type { LeafAsker } from './prove-limits.ts'
import { readFrom, type ProveDeps } from './read-from.ts'

type Proof = NonNullable<LeafAnswer['proof']>

/**
 * @param asker who asks, proved by its session
 * @param as a tracker, or an outside verifier by an order
 * @param assertAllowed throws if this asker may not ask it
 * @returns a LEAF_ANSWER
 * @throws {LunarError} BAD_MESSAGE: the shard has no such leaf; BAD_SIGNATURE, UNAUTHORIZED, STORE_FAILED, STOPPING, TOO_MANY_REQUESTS
 */
export async function answerLeaf(
  document: SignedDocument,
  asker: PeerId,
  deps: ProveDeps,
  signal: AbortSignal,
  as: LeafAsker = 'tracker',
  assertAllowed: (challenge: LeafChallenge) => void = () => undefined,
): Promise<SignedDocument> {
  const { crypto, clock, signKey, limits, counts } = deps
  limits.takeLeaf(asker, as)
  const challenge = openChallenge(LEAF_CHALLENGE, document, asker, deps)
  assertAllowed(challenge)
  const key = { segment: challenge.segment, index: challenge.index }
  const proof = await limits.reading(as, () => readFrom(key, deps, (shard) => readLeaf(challenge, shard, deps)), signal)
  counts.leaf(proof)
  const answer: LeafAnswer = {
    challenge: documentId(LEAF_CHALLENGE, document, crypto),
    proof: proof ?? null,
    answeredMs: Math.floor(clock.now()),
  }
  return signDocument(LEAF_ANSWER, answer, signKey)
}

/** 'wrong': it does not match the address. */
async function readLeaf({ index, leaf }: LeafChallenge, shard: OpenShard, { crypto }: ProveDeps): Promise<Proof | 'wrong'> {
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
  const proof = { bytes, path: provePath(await shard.leafHashes(), leaf, 1, crypto) }
  return verifyDraw(leaf, proof, { address, shardBytes }, crypto) ? proof : 'wrong'
}
