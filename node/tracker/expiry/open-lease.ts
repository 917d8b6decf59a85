/**
 * Verifies an owner's lease.
 *
 * @module
 */
import { openDocument, OWNER_LEASE, readDocument, type OwnerLease, type SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { OpenDeps } from '../map/index.ts'

/** A lease whose signature was verified. */
export interface NewLease {
  readonly owner: Uint8Array
  readonly lease: OwnerLease
  readonly document: SignedDocument
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK */
export function openLease(document: SignedDocument, { network, crypto }: OpenDeps): NewLease {
  const lease = openDocument(OWNER_LEASE, document, ({ owner }) => owner, crypto)
  if (lease.network !== network)
    throw new LunarError('UNKNOWN_NETWORK', 'the lease belongs to another network', { detail: { network: lease.network } })
  return { owner: lease.owner, lease, document }
}

/** One that was verified when it was stored. */
export const readLease = (document: SignedDocument): OwnerLease => readDocument(OWNER_LEASE, document)
