/**
 * The proof in a request for a credential: the peer's key signs which token it shows to which network, so that a token seen by
 * somebody else gives him no credential for a key that he lacks, and a proof is worth nothing with another token.
 *
 * @module
 */
import { z } from 'zod'
import type { DocumentKind } from '../document/signed.ts'
import { hash, name, peerId, timeMs } from '../model/fields.ts'

export const enrolmentSchema = z.object({
  network: name,
  peer: peerId,
  /** SHA-256 of the token's UTF-8. */
  tokenHash: hash,
  /** When it was signed, by the peer's clock. */
  signedMs: timeMs,
})
export type Enrolment = z.infer<typeof enrolmentSchema>
/** Signed by the key that `peer` names. */
export const ENROLMENT: DocumentKind<Enrolment> = { kind: 'enrolment', schema: enrolmentSchema }
