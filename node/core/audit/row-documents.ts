/**
 * Questions and answers about rows, as signed documents: draw → root → challenge → answer.
 *
 * A provider that hosts rows signs a root over a stretch of the heads that it holds before it knows which of them is asked; then it is
 * asked for one of them, value and all. So is another replica of the same partition, by the commit.
 *
 * @module
 */
import { z } from 'zod'
import { signedDocument, type DocumentKind } from '../document/signed.ts'
import { count, hash, maxBytes, name, peerId, timeMs } from '../model/fields.ts'
import { LIMITS } from '../model/limits.ts'

/** Heads under one root: so many that where a row's token lies hardly matters to how often it is asked. */
export const ROW_STRETCH = 256
/** Hashes in the path of a head of the longest stretch. */
const PATH_HASHES = 8

const epoch = z.number().int().min(1)
const asked = { network: name, /** Who is asked. */ provider: peerId, /** Who asks, and signs. */ verifier: peerId, epoch, askedMs: timeMs }

/** Asks for a root. From the seed follow the partition, where the stretch begins, and the head that will be asked (row-stretch.ts). */
export const rowDrawSchema = z.object({
  ...asked,
  /** Of the beacon, and which draw of it; round 0: no beacon stands behind it. */
  round: count,
  sequence: count,
  seed: hash,
})
export type RowDraw = z.infer<typeof rowDrawSchema>
export const ROW_DRAW: DocumentKind<RowDraw> = { kind: 'row-draw', schema: rowDrawSchema }

/** Signed by the provider: these heads of the partition it holds now, values and all. */
export const rowRootSchema = z.object({
  /** Id of the draw. */
  draw: hash,
  partition: hash,
  /** {@link rowRoot} over the ids of the heads. */
  root: hash,
  /** Heads. */
  leaves: z.number().int().min(1).max(ROW_STRETCH),
  signedMs: timeMs,
})
export type RowRoot = z.infer<typeof rowRootSchema>
export const ROW_ROOT: DocumentKind<RowRoot> = { kind: 'row-root', schema: rowRootSchema }

/** One head: of the provider that signed the root; or, by its commit, of another replica of the partition. Signed by the same verifier. */
export const rowChallengeSchema = z.object({
  ...asked,
  /** Id of the root. */
  root: hash,
  leaf: z
    .number()
    .int()
    .min(0)
    .max(ROW_STRETCH - 1),
  /** The commit that the head is, where another replica is asked than the one that signed the root. */
  commit: signedDocument.nullable(),
})
export type RowChallenge = z.infer<typeof rowChallengeSchema>
export const ROW_CHALLENGE: DocumentKind<RowChallenge> = { kind: 'row-challenge', schema: rowChallengeSchema }

const value = maxBytes(LIMITS.rowValueBytes).nullable()

/**
 * The provider's answer. It looks before it signs: a value that is not there, or not the one that the commit names, is answered by
 * null, which says "I have not got it".
 */
export const rowAnswerSchema = z.object({
  challenge: hash,
  /** Id of the head's commit. */
  commit: hash,
  /** To the root; empty where another replica answers. */
  path: z.array(hash).max(PATH_HASHES),
  proof: z
    .object({
      document: signedDocument,
      /** Null: the commit deletes the row, or has been superseded. */
      value,
      /** A head of the row that has seen the commit: written since, so that the value is not kept any more. */
      successor: z.object({ document: signedDocument, value }).nullable(),
    })
    .nullable(),
  answeredMs: timeMs,
})
export type RowAnswer = z.infer<typeof rowAnswerSchema>
export const ROW_ANSWER: DocumentKind<RowAnswer> = { kind: 'row-answer', schema: rowAnswerSchema }
