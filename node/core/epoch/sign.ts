/**
 * Epoch documents are signed with the network key and believed only under it.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { openDocument, signDocument, type SignedDocument } from '../document/signed.ts'
import type { NetworkConfig } from '../membership/network.ts'
import { bytesOfHex } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { EPOCH, type Epoch } from './document.ts'

export const signEpoch = (epoch: Epoch, networkKey: SignKey): SignedDocument => signDocument(EPOCH, epoch, networkKey)

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK */
export function verifyEpoch(document: SignedDocument, network: Pick<NetworkConfig, 'network' | 'networkKey'>, crypto: CryptoEngine): Epoch {
  const networkKey = bytesOfHex(network.networkKey)
  const epoch = openDocument(EPOCH, document, () => networkKey, crypto)
  if (epoch.network !== network.network)
    throw new LunarError('UNKNOWN_NETWORK', 'the epoch is of another network', { detail: { network: epoch.network } })
  return epoch
}
