/**
 * This peer as a member of its network: what it shows to others, and how it judges what they show.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { readDocument } from '@lunarx/core/document'
import {
  CREDENTIAL,
  type Credential,
  type NetworkConfig,
  type PeerId,
  type SignedCredential,
  verifyCredential,
} from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime'
import type { Identity } from '../identity/identity.ts'
import type { Session } from '../peers/peers.ts'

export interface MembershipInit extends Pick<NetworkConfig, 'network' | 'networkKey'> {
  readonly identity: Identity
  /** The peer's own credential as of now; it may have been renewed since the last call. */
  readonly credential: () => SignedCredential
  /** Whether the network has put a peer out, as of now. Unset: nobody is. */
  readonly isRevoked?: ((peer: PeerId) => boolean) | undefined
}

export class Membership {
  readonly identity: Identity
  readonly #init: MembershipInit
  readonly #clock: Clock
  readonly #crypto: CryptoEngine

  constructor(init: MembershipInit, clock: Clock, crypto: CryptoEngine) {
    this.identity = init.identity
    this.#init = init
    this.#clock = clock
    this.#crypto = crypto
  }

  /** To be shown to others. */
  get document(): SignedCredential {
    return this.#init.credential()
  }

  get credential(): Credential {
    return readDocument(CREDENTIAL, this.document)
  }

  /**
   * The session of a peer whose id the handshake has proved and that shows this credential.
   * @throws {LunarError} CREDENTIAL_REQUIRED, CREDENTIAL_EXPIRED, CREDENTIAL_REVOKED
   */
  judge(document: SignedCredential, proved: PeerId): Session {
    const { network, networkKey } = this.#init
    const credential = verifyCredential(document, { network, networkKey, nowMs: this.#clock.now() }, this.#crypto)
    if (credential.peer !== proved)
      throw new LunarError('CREDENTIAL_REQUIRED', 'the credential is of another peer', { detail: { peer: proved, shown: credential.peer } })
    this.#assertNotRevoked(proved)
    return { peer: proved, credential }
  }

  /** True once the credential that a session rests on has run out or was revoked. */
  isOver({ peer, credential }: Session): boolean {
    return this.#hasExpired(credential) || this.#isRevoked(peer)
  }

  /** @throws {LunarError} CREDENTIAL_EXPIRED, CREDENTIAL_REVOKED */
  assertCurrent(session: Session): void {
    this.#assertNotRevoked(session.peer)
    if (this.#hasExpired(session.credential))
      throw new LunarError('CREDENTIAL_EXPIRED', 'the credential of the peer has expired', {
        detail: { peer: session.peer, expiresMs: session.credential.expiresMs },
      })
  }

  #hasExpired({ expiresMs }: Credential): boolean {
    return expiresMs <= this.#clock.now()
  }

  #isRevoked(peer: PeerId): boolean {
    return this.#init.isRevoked?.(peer) ?? false
  }

  #assertNotRevoked(peer: PeerId): void {
    if (this.#isRevoked(peer))
      throw new LunarError('CREDENTIAL_REVOKED', 'the network has revoked the membership of this peer', { detail: { peer } })
  }
}
