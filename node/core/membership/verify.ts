/**
 * Issues credentials under the network key, and judges those that peers show.
 *
 * Pure: the caller says what time it is. Whether the credential is that of the peer on the other end is checked by whoever
 * has proved that peer's id (node/net).
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { openDocument, signDocument } from '../document/signed.ts'
import { bytesOfHex } from '../model/bytes.ts'
import { hasCode, LunarError } from '../model/error.ts'
import { CREDENTIAL, type Credential, type SignedCredential } from './credential.ts'
import type { NetworkConfig } from './network.ts'

/** Against what a credential is judged; a NetworkConfig and the time will do. */
export interface CredentialJudge extends Pick<NetworkConfig, 'network' | 'networkKey'> {
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
}

/** Signs a credential; `networkKey` is the network's secret key. */
export function issueCredential(credential: Credential, networkKey: SignKey): SignedCredential {
  return signDocument(CREDENTIAL, CREDENTIAL.schema.parse(credential), networkKey)
}

/**
 * The credential, if the network key signed it for this network and it has not expired.
 * @throws {LunarError} CREDENTIAL_REQUIRED (malformed, another key, another network), CREDENTIAL_EXPIRED
 */
export function verifyCredential(document: SignedCredential, judge: CredentialJudge, crypto: CryptoEngine): Credential {
  const credential = openUnder(document, judge.networkKey, crypto)
  const { peer, network, expiresMs } = credential
  if (network !== judge.network)
    throw new LunarError('CREDENTIAL_REQUIRED', 'the credential is of another network', {
      detail: { peer, shown: network, expected: judge.network },
    })
  if (expiresMs <= judge.nowMs)
    throw new LunarError('CREDENTIAL_EXPIRED', 'the credential has expired', { detail: { peer, expiresMs, nowMs: judge.nowMs } })
  return credential
}

function openUnder(document: SignedCredential, networkKey: string, crypto: CryptoEngine): Credential {
  try {
    return openDocument(CREDENTIAL, document, () => bytesOfHex(networkKey), crypto)
  } catch (cause) {
    if (!hasCode(cause, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw cause
    throw new LunarError('CREDENTIAL_REQUIRED', 'the credential is not signed by the network key', { cause })
  }
}
