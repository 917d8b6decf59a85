/**
 * Signed documents in the store, and how many of them fit one message.
 *
 * @module
 */
import { encodeBytes, parseBytes, signedDocument, type SignedDocument } from '@lunarx/core/document'

export const packDocument = ({ body, signature }: SignedDocument): Uint8Array => encodeBytes({ body, signature })
export const unpackDocument = (bytes: Uint8Array): SignedDocument => parseBytes(signedDocument, bytes)

/** Bytes of CBOR around a document in a list, at most. */
const AROUND_BYTES = 32

/** The longest head of the list within a count and a number of bytes. */
export function takeWithin(
  documents: readonly SignedDocument[],
  limit: { readonly count: number; readonly bytes: number },
): SignedDocument[] {
  let bytes = 0
  const fitting = documents.findIndex(
    ({ body, signature }, i) => i >= limit.count || (bytes += body.length + signature.length + AROUND_BYTES) > limit.bytes,
  )
  return fitting < 0 ? [...documents] : documents.slice(0, fitting)
}

/** The list cut into messages. A document longer than a message is left out: {@link takeWithin} could never send it. */
export function* batches(
  documents: readonly SignedDocument[],
  limit: { readonly count: number; readonly bytes: number },
): Generator<SignedDocument[]> {
  for (let at = 0; at < documents.length;) {
    const batch = takeWithin(documents.slice(at, at + limit.count), limit)
    if (batch.length > 0) yield batch
    at += Math.max(1, batch.length)
  }
}
