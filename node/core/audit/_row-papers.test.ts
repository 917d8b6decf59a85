/**
 * Rows under a signed root, and transcripts of questions about them: what the tests of transcripts and of what is judged by them begin with.
 */
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../../../test/vectors/stream.ts'
import { documentId, signDocument } from '../document/index.ts'
import { hexOf, itemAt, utf8 } from '../model/index.ts'
import { partitionOf, ROW_COMMIT, signCommit, type ValuedCommit } from '../row/index.ts'
import { keyOf, NETWORK, owner, peer, provider } from './_papers.test.ts'
import {
  drawnHead,
  drawSeed,
  ROW_ANSWER,
  ROW_CHALLENGE,
  ROW_DRAW,
  ROW_ROOT,
  rowDrawsValue,
  rowPath,
  rowRoot,
  VERDICT,
  type RowAnswer,
  type RowTranscript,
  type VerdictWord,
} from './index.ts'

export const TABLE = stream('table', 32)
export const WRITER = stream('writer', 8)
export const beacon = stream('beacon', 32)
export const verifiers = [keyOf('a'), keyOf('b')]
const other = keyOf('other replica')

export const commitOf = (row: string, clock: number, table = TABLE): ValuedCommit =>
  signCommit(
    {
      author: owner.publicKey,
      table,
      row: crypto.sha256(utf8(row)),
      parents: [],
      writer: WRITER,
      clock: { [hexOf(WRITER)]: clock },
      timeMs: 1,
      value: utf8(`${row} ${clock}`),
    },
    owner,
    crypto,
  )
export const idOf = ({ document }: ValuedCommit): Uint8Array => documentId(ROW_COMMIT, document, crypto)

export const heads = Array.from({ length: 5 }, (_, i) => commitOf(`row ${i}`, 1))
const ids = heads.map(idOf)
export const seed = drawSeed(rowDrawsValue(beacon, crypto), peer(provider), 0, crypto)
export const leaf = drawnHead(seed, heads.length)
export const asked = itemAt(heads, leaf)
/** What an honest holder answers. */
export const right = { commit: idOf(asked), path: rowPath(ids, leaf, crypto), proof: { ...asked, successor: null } }

export interface ToldRow {
  /** Undefined: no answer. */
  readonly answer: Omit<RowAnswer, 'challenge' | 'answeredMs'> | undefined
  readonly verdict: VerdictWord
  readonly signers?: readonly ReturnType<typeof keyOf>[]
  /** Another replica is asked for this. */
  readonly commit?: ValuedCommit
  readonly draw?: { readonly seed?: Uint8Array; readonly network?: string }
  readonly leaf?: number
}

export function rowTranscriptOf({
  answer,
  verdict,
  signers = verifiers,
  commit,
  draw: about = {},
  leaf: of = leaf,
}: ToldRow): RowTranscript {
  const asking = itemAt(verifiers, 0)
  const scope = { network: NETWORK, verifier: peer(asking), epoch: 1, askedMs: 1 }
  const draw = signDocument(ROW_DRAW, { ...scope, provider: peer(provider), round: 1, sequence: 0, seed, ...about }, asking)
  const partition = partitionOf(owner.publicKey, TABLE, crypto)
  const signed = { draw: documentId(ROW_DRAW, draw, crypto), partition, root: rowRoot(ids, crypto), leaves: ids.length, signedMs: 1 }
  const root = signDocument(ROW_ROOT, signed, provider)
  const key = commit ? other : provider
  const question = { ...scope, provider: peer(key), root: documentId(ROW_ROOT, root, crypto), leaf: of, commit: commit?.document ?? null }
  const challenge = signDocument(ROW_CHALLENGE, question, asking)
  const id = documentId(ROW_CHALLENGE, challenge, crypto)
  const answered = answer ? signDocument(ROW_ANSWER, { challenge: id, answeredMs: 2, ...answer }, key) : null
  const said = { network: NETWORK, challenge: id, answer: answered && documentId(ROW_ANSWER, answered, crypto), verdict, judgedMs: 3 }
  const verdicts = signers.map((one) => signDocument(VERDICT, { ...said, verifier: peer(one) }, one))
  return { draw, root, challenge, answer: answered, verdicts }
}
