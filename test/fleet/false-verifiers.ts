/**
 * Outside verifiers that do not say what they found, each a way to collude: against a provider, or with one.
 *
 * @module
 */
import { LEAF_ANSWER, signVerdict, type LeafAnswer, type VerdictWord } from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { readDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { recheck, verifyLeaf, type AnswerOf } from '@lunarx/wire'
import { answering } from './disguised.ts'

type Verified = AnswerOf<typeof verifyLeaf>

/** What a verifier makes of what it found, and of what others did. */
export interface FalseVerifier {
  readonly leaf: (honest: Verified, sign: (answer: SignedDocument | null, verdict: VerdictWord) => SignedDocument, key: SignKey) => Verified
  readonly recheck: VerdictWord | 'none'
}

/** Says of every right answer that it is wrong. */
export const slanders: FalseVerifier = {
  leaf: (honest, sign) => ({ ...honest, verdict: sign(honest.answer, 'disproved') }),
  recheck: 'disproved',
}
/** Says that nobody ever answers. */
export const saysSilent: FalseVerifier = {
  leaf: (honest, sign) => ({ ...honest, answer: null, verdict: sign(null, 'silent') }),
  recheck: 'silent',
}
/** Says that all is well, by answers of its own making where there was none or a wrong one. */
export const forges: FalseVerifier = {
  leaf(honest, sign, key) {
    const given = honest.answer && readDocument(LEAF_ANSWER, honest.answer)
    const forged: LeafAnswer = {
      ...(given ?? { challenge: new Uint8Array(32), answeredMs: 1 }),
      proof: { bytes: new Uint8Array(16_384), path: [] },
    }
    const answer = signDocument(LEAF_ANSWER, forged, key)
    return { ...honest, answer, verdict: sign(answer, 'proved') }
  },
  recheck: 'proved',
}
/** Takes what it is asked, and answers nothing. */
export const keepsMum: FalseVerifier = {
  leaf() {
    throw new LunarError('TOO_MANY_REQUESTS', 'keeps mum')
  },
  recheck: 'none',
}

export function falseVerifier(peers: Peers, key: SignKey, { leaf, recheck: word }: FalseVerifier): Peers {
  const { network } = peers.credential
  const signed = (challenge: SignedDocument, answer: SignedDocument | null, verdict: VerdictWord): SignedDocument =>
    signVerdict(challenge, answer, verdict, { network, self: peers.self, signKey: key, crypto, nowMs: 1 })
  const rechecking = answering(peers, recheck, () => async ({ challenge, answer }) => {
    if (word === 'none') throw new LunarError('TOO_MANY_REQUESTS', 'keeps mum')
    return { verdict: signed(challenge, answer, word) }
  })
  return answering(rechecking, verifyLeaf, (honest) => async (question, asked) => {
    const found = (await honest(question, asked)) as Verified
    return leaf(found, (answer, verdict) => signed(found.challenge, answer, verdict), key)
  })
}
