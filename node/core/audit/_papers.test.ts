/**
 * A shard of a signed set, and transcripts of its leaves: what the tests of transcripts and of what is judged by them begin with.
 */
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../../../test/vectors/stream.ts'
import { documentId, SEGMENT_RECORD, signDocument, type SignedDocument } from '../document/index.ts'
import { peerIdOf } from '../membership/index.ts'
import { AddressHasher, provePath } from '../merkle/index.ts'
import { itemAt, LIMITS } from '../model/index.ts'
import { LEAF_ANSWER, LEAF_CHALLENGE, VERDICT, type LeafAnswer, type LeafChallenge, type Transcript, type Verdict } from './index.ts'

export const NETWORK = 'lunarx/test'
export const keyOf = (seed: string) => crypto.signKey(stream(seed, 32))
export const peer = (key: ReturnType<typeof keyOf>) => peerIdOf(key.publicKey)
export const [owner, provider] = [keyOf('owner'), keyOf('provider')]

export type LeafProof = NonNullable<LeafAnswer['proof']>

export interface SignedShard {
  readonly bytes: Uint8Array
  readonly record: SignedDocument
  readonly segment: Uint8Array
  /** The right answer for a leaf. */
  readonly proofOf: (leaf: number) => LeafProof
}

/** Both shards of its set are these bytes. */
export function signedShard(bytes: Uint8Array): SignedShard {
  const hasher = new AddressHasher(crypto).update(bytes)
  const address = hasher.digest()
  const code = { className: 'default', required: 1, parity: 1, survive: 1 }
  const secrets = { salt: stream('salt', 16), birthRound: 0, readKey: owner.publicKey }
  const about = { network: NETWORK, owner: owner.publicKey, ...code, ...secrets, shardBytes: bytes.length, createdMs: 0 }
  const record = signDocument(SEGMENT_RECORD, { ...about, addresses: [address, address] }, owner)
  return {
    bytes,
    record,
    segment: documentId(SEGMENT_RECORD, record, crypto),
    proofOf: (leaf) => ({
      bytes: bytes.subarray(leaf * LIMITS.leafBytes, (leaf + 1) * LIMITS.leafBytes),
      path: provePath(hasher.leafHashes(), leaf, 1, crypto),
    }),
  }
}

export interface Told {
  readonly question: LeafChallenge
  /** Undefined: no answer. */
  readonly answer: Omit<LeafAnswer, 'challenge'> | undefined
  readonly verdict: Verdict['verdict']
  /** The first asks. */
  readonly verifiers: readonly ReturnType<typeof keyOf>[]
  /** Who signs verdicts; default: all of them. */
  readonly signers?: readonly ReturnType<typeof keyOf>[] | undefined
  /** What is not as it should be. */
  readonly wrong?: { readonly answer?: Partial<LeafAnswer> | undefined; readonly verdict?: Partial<Verdict> | undefined }
}

export function transcriptOf(
  { record }: SignedShard,
  { question, answer, verdict, verifiers, signers = verifiers, wrong = {} }: Told,
): Transcript {
  const challenge = signDocument(LEAF_CHALLENGE, question, itemAt(verifiers, 0))
  const id = documentId(LEAF_CHALLENGE, challenge, crypto)
  const answered = answer ? signDocument(LEAF_ANSWER, { challenge: id, ...answer, ...wrong.answer }, provider) : null
  const said = { network: NETWORK, challenge: id, answer: answered && documentId(LEAF_ANSWER, answered, crypto), verdict, judgedMs: 3 }
  const verdicts = signers.map((key) => signDocument(VERDICT, { ...said, verifier: peer(key), ...wrong.verdict }, key))
  return { record, challenge, answer: answered, verdicts }
}
