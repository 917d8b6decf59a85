/**
 * A challenge is answered if the peer that asks has signed it, of this network, for this provider.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { openDocument, type DocumentKind, type SignedDocument } from '../document/signed.ts'
import { publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { LunarError } from '../model/error.ts'

interface Named {
  readonly network: string
  readonly provider: PeerId
  readonly verifier: PeerId
}

export interface OpenChallengeDeps {
  readonly network: string
  readonly self: PeerId
  readonly crypto: CryptoEngine
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED */
export function openChallenge<T extends Named>(
  kind: DocumentKind<T>,
  document: SignedDocument,
  asker: PeerId,
  { network, self, crypto }: OpenChallengeDeps,
): T {
  const challenge = openDocument(kind, document, ({ verifier }) => publicKeyOf(verifier), crypto)
  if (challenge.network !== network || challenge.provider !== self || challenge.verifier !== asker)
    throw new LunarError('UNAUTHORIZED', 'the challenge is for another provider, or by another verifier than asks')
  return challenge
}
