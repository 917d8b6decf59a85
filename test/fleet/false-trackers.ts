/**
 * Trackers that do not say what they found.
 *
 * @module
 */
import { VERDICT } from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { readDocument, signDocument } from '@lunarx/core/document'
import type { Peers } from '@lunarx/net/peers'
import { recheckRow, type AnswerOf } from '@lunarx/wire'
import { answering } from './disguised.ts'

/** Says "proved" of every row that it is to judge again. @param onAsked before it does */
export const acquitsRows = (peers: Peers, signKey: SignKey, onAsked: () => void): Peers =>
  answering(peers, recheckRow, (honest) => async (question, asked) => {
    onAsked()
    const { verdict } = (await honest(question, asked)) as AnswerOf<typeof recheckRow>
    return { verdict: signDocument(VERDICT, { ...readDocument(VERDICT, verdict), verdict: 'proved' }, signKey) }
  })
