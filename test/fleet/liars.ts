/**
 * Providers that do not answer audits as they should, each a way to cheat: what they keep and say of themselves stays as it is.
 *
 * @module
 */
import {
  LEAF_ANSWER,
  LEAF_CHALLENGE,
  ROW_ANSWER,
  SWEEP_ANSWER,
  type LeafAnswer,
  type LeafChallenge,
  type RowAnswer,
} from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { readDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import { WithBody, type Body, type Peers } from '@lunarx/net/peers'
import { drawRows, proveLeaf, proveRow, proveSweep, retrieve, submitAnswer, type AnswerOf } from '@lunarx/wire'
import { answering, disguised } from './disguised.ts'

/** What becomes of the honest answer. Undefined: silence. */
export type Lie = (honest: LeafAnswer) => LeafAnswer | undefined

/** Signs leaves that are not those of the address. */
export const givesGarbage: Lie = (honest) => ({
  ...honest,
  proof: honest.proof && { ...honest.proof, bytes: honest.proof.bytes.map((byte) => byte ^ 0xff) },
})
/** Has dropped everything, and goes on to list it in its inventory. */
export const hasDropped: Lie = (honest) => ({ ...honest, proof: null })
/** Answers no audit, and beats on. */
export const isSilent: Lie = () => undefined

/** Has dropped everything: no watermark of a sweep is right, and leaves are lost. */
export const hasDroppedAll = (peers: Peers, signKey: SignKey): Peers => answeringSweeps(liar(peers, signKey, hasDropped), signKey)

/**
 * Has dropped everything but the places of watermarks, which a grantee of its sets has told it: it answers sweeps as if it had all, and
 * leaves are lost.
 */
export const keepsPlaces = (peers: Peers, signKey: SignKey): Peers => liar(peers, signKey, hasDropped)

export interface LiarOptions {
  readonly isHonestByHeartbeat?: boolean
  readonly isHonestToTrackers?: boolean
  /** What it is asked by dialling it: silence to whatever this says. */
  readonly isSilentTo?: (challenge: LeafChallenge) => boolean
}

/** A provider that lies to whoever dials it, unless it is honest to trackers, and by its heartbeats too unless it is honest there. */
export function liar(
  peers: Peers,
  signKey: SignKey,
  lie: Lie,
  { isHonestByHeartbeat = false, isHonestToTrackers = false, isSilentTo = () => false }: LiarOptions = {},
): Peers {
  const told = (document: SignedDocument): SignedDocument | undefined => {
    const value = lie(readDocument(LEAF_ANSWER, document))
    return value && signDocument(LEAF_ANSWER, value, signKey)
  }
  const refuse = (): never => {
    throw new LunarError('TOO_MANY_REQUESTS', 'keeps silent')
  }
  const byHeartbeat = disguised(peers, {
    async ask(to, exchange, question, options) {
      if (exchange.name !== submitAnswer.name || isHonestByHeartbeat) return await peers.ask(to, exchange, question, options)
      const answer = told((question as { readonly answer: SignedDocument }).answer) ?? refuse()
      return await peers.ask(to, exchange, { answer } as typeof question, options)
    },
  })
  return answering(byHeartbeat, proveLeaf, (honest) => async (question, asked) => {
    if (isSilentTo(readDocument(LEAF_CHALLENGE, question.challenge))) refuse()
    const answered = (await honest(question, asked)) as AnswerOf<typeof proveLeaf>
    if (isHonestToTrackers && asked.session.credential.role === 'tracker') return answered
    return { answer: told(answered.answer) ?? refuse() }
  })
}

/** Signs digests of other bytes than those that are asked. */
function answeringSweeps(peers: Peers, signKey: SignKey): Peers {
  const garbled = (document: SignedDocument): SignedDocument => {
    const answer = readDocument(SWEEP_ANSWER, document)
    return signDocument(SWEEP_ANSWER, { ...answer, digest: answer.digest.map((byte) => byte ^ 0xff) }, signKey)
  }
  return answering(peers, proveSweep, (honest) => async (question, asked) => {
    const { answers } = (await honest(question, asked)) as AnswerOf<typeof proveSweep>
    return { answers: answers.map(garbled) }
  })
}

/** How a shard is withheld: from everybody, or from clients by giving them other bytes. Undefined: not now. */
export type Withholding = 'refused' | 'garbled' | undefined

/** Holds everything, proves it to trackers, and gives no shard to its owner: the hostage attack. */
export const withholds = (peers: Peers, how: () => Withholding = () => 'refused'): Peers =>
  answering(peers, retrieve, (honest) => async (question, asked) => {
    if (how() === 'refused') throw new LunarError('UNAUTHORIZED', 'pay first')
    const answered = await honest(question, asked)
    const isGarbled = how() === 'garbled' && asked.session.credential.role === 'client' && answered instanceof WithBody
    return isGarbled ? new WithBody(answered.answer, garble(answered.body)) : answered
  })

async function* garble(body: Body): Body {
  for await (const chunk of body) yield chunk.map((byte) => byte ^ 0xff)
}

/** What becomes of honest answers about rows. */
export interface RowLie {
  /** In place of a root that it signed. */
  readonly root?: (honest: SignedDocument) => SignedDocument | null
  readonly answer?: (honest: RowAnswer) => RowAnswer
}

/** A provider that lies about rows while `isLying`. */
export function answeringRows(peers: Peers, signKey: SignKey, { root, answer }: RowLie, isLying: () => boolean): Peers {
  const garbled = (document: SignedDocument): SignedDocument =>
    answer ? signDocument(ROW_ANSWER, answer(readDocument(ROW_ANSWER, document)), signKey) : document
  const drawing = answering(peers, drawRows, (honest) => async (question, asked) => {
    const said = (await honest(question, asked)) as AnswerOf<typeof drawRows>
    return isLying() && root && said.root ? { root: root(said.root) } : said
  })
  return answering(drawing, proveRow, (honest) => async (question, asked) => {
    const said = (await honest(question, asked)) as AnswerOf<typeof proveRow>
    return isLying() ? { answer: garbled(said.answer) } : said
  })
}
