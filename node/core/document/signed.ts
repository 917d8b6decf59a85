/**
 * Signed documents: deterministic CBOR (DAG-CBOR) of a value, and an Ed25519 signature over kind ‖ body.
 *
 * The kind separates domains: a signature made for one kind of document never verifies as another.
 * A document's id is the SHA-256 of kind ‖ body; it does not depend on the signature.
 *
 * @module
 */
import { decode, encode } from '@ipld/dag-cbor'
import { z } from 'zod'
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { concatBytes, utf8 } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { maxBytes, signature } from '../model/fields.ts'

export const signedDocument = z.object({ body: maxBytes(2 * 1024 * 1024), signature })
export type SignedDocument = z.infer<typeof signedDocument>

/** One kind of document: its name, schema and who must have signed it. */
export interface DocumentKind<T> {
  readonly kind: string
  readonly schema: z.ZodType<T>
}

const prefix = (kind: string): Uint8Array => utf8(`lunarx/${kind}/1\0`)

export function signDocument<T>(kind: DocumentKind<T>, value: T, key: SignKey): SignedDocument {
  const body = encode(value)
  return { body, signature: key.sign(concatBytes(prefix(kind.kind), body)) }
}

/** SHA-256 of kind ‖ body, 32 bytes. */
export function documentId<T>(kind: DocumentKind<T>, document: SignedDocument, crypto: CryptoEngine): Uint8Array {
  return crypto.sha256(prefix(kind.kind), document.body)
}

/** Decodes and checks the schema, not the signature: only for documents that were verified when they were stored. */
export function readDocument<T>(kind: DocumentKind<T>, document: SignedDocument): T {
  return parseBytes(kind.schema, document.body)
}

/**
 * Decodes a document and verifies it under the key that `signer` names.
 * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE
 */
export function openDocument<T>(
  kind: DocumentKind<T>,
  document: SignedDocument,
  signer: (value: T) => Uint8Array,
  crypto: CryptoEngine,
): T {
  const value = readDocument(kind, document)
  if (!crypto.verify(signer(value), concatBytes(prefix(kind.kind), document.body), document.signature))
    throw new LunarError('BAD_SIGNATURE', `signature of a ${kind.kind} does not verify`)
  return value
}

/** DAG-CBOR → value of the schema. @throws {LunarError} BAD_MESSAGE */
export function parseBytes<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  let decoded: unknown
  try {
    decoded = decode(bytes)
  } catch (cause) {
    throw new LunarError('BAD_MESSAGE', 'not DAG-CBOR', { cause })
  }
  const result = schema.safeParse(decoded)
  if (!result.success)
    throw new LunarError('BAD_MESSAGE', 'message does not match its schema', {
      detail: { issues: z.prettifyError(result.error).slice(0, 500) },
    })
  return result.data
}

export const encodeBytes = (value: unknown): Uint8Array => encode(value)
