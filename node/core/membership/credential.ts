/**
 * The membership credential: this peer id has this role and sits in these failure domains of this network until then.
 * Signed by the network key. Domains are looked up by the issuer, never declared by the peer.
 *
 * @module
 */
import { z } from 'zod'
import { name, peerId, role, timeMs } from '../model/fields.ts'
import type { DocumentKind, SignedDocument } from '../document/signed.ts'

/**
 * Key of `domains`: the backing store of a provider's volume, where that is no disk of its node, as the heartbeat names stores (32 hex
 * digits). Providers of which the same is said fail together.
 */
export const STORE_KEY = 'lunarx.dev/store'

export const credentialSchema = z.object({
  network: name,
  peer: peerId,
  role,
  /** Stable name of the place the peer runs in: the pod (`pool-a-0`), not the volume. A new volume is a new peer of the same name. */
  name,
  /** Topology key → value, e.g. `kubernetes.io/hostname` → `n1`. */
  domains: z.record(z.string().max(253), z.string().max(253)),
  issuedMs: timeMs,
  expiresMs: timeMs,
})
export type Credential = z.infer<typeof credentialSchema>
export const CREDENTIAL: DocumentKind<Credential> = { kind: 'credential', schema: credentialSchema }
export type SignedCredential = SignedDocument
