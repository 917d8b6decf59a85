/**
 * Who a token speaks for: asked of Kubernetes by the operator, of a file by `lunarx dev`.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Role } from '@lunarx/core/model'

/** What the peer may be in the network. */
export interface Member {
  readonly role: Role
  /** Stable name of the place, e.g. of the pod. */
  readonly name: string
  /** Topology key → value. */
  readonly domains: Readonly<Record<string, string>>
}

export interface Refusal {
  /** For the log and for the peer: what to correct. Never the token. */
  readonly refusal: string
}

export interface Applicant {
  readonly network: string
  /** Has proved that it holds the key of this id. */
  readonly peer: PeerId
  /** Aborted when the applicant has gone. */
  readonly signal: AbortSignal
}

/** Throws (a LunarError, best a retryable one) when it cannot tell. */
export type Authenticate = (token: string, applicant: Applicant) => Promise<Member | Refusal>
