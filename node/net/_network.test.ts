/**
 * A network of real peers on loopback, for tests: network key, credentials, open peers.
 *
 * @module
 */
import { signDocument } from '@lunarx/core/document'
import { CREDENTIAL, type Credential, type SignedCredential } from '@lunarx/core/membership'
import { hexOf, type PeerAddress, type Role } from '@lunarx/core/model'
import { type Log, nodeCrypto, RecordedMetrics, SystemClock, SystemRandom, Trace } from '@lunarx/runtime'
import { type Identity, identityOf } from './identity/identity.ts'
import { type NetDeps, openPeers, type OpenPeersInit, type RealPeers } from './open.ts'

export const NETWORK = 'test/net'
export const clock = new SystemClock()
export const random = new SystemRandom()
export const log: Log = new Trace(clock).log('test')
export const networkKey = nodeCrypto.signKey(new Uint8Array(32).fill(9))

export const netDeps = (): NetDeps => ({ clock, random, log, metrics: new RecordedMetrics(), crypto: nodeCrypto })

export const newIdentity = (): Identity => identityOf(random.bytes(32), nodeCrypto)

export function credentialOf(identity: Identity, role: Role, change: Partial<Credential> = {}): SignedCredential {
  const now = clock.now()
  return signDocument(
    CREDENTIAL,
    { network: NETWORK, peer: identity.peer, role, name: role, domains: {}, issuedMs: now, expiresMs: now + 3_600_000, ...change },
    networkKey,
  )
}

export const membershipOf = (identity: Identity, credential: () => SignedCredential) => ({
  identity,
  credential,
  network: NETWORK,
  networkKey: hexOf(networkKey.publicKey),
})

export interface TestPeer {
  readonly peers: RealPeers
  readonly identity: Identity
  readonly address: PeerAddress
}

export async function join(
  role: Role,
  credential?: () => SignedCredential,
  identity = newIdentity(),
  more: Pick<OpenPeersInit, 'directory' | 'isRevoked'> = {},
): Promise<TestPeer> {
  const fixed = credentialOf(identity, role)
  const peers = await openPeers(
    { ...membershipOf(identity, credential ?? (() => fixed)), ...more, listen: { host: '127.0.0.1', controlPort: 0, dataPort: 0 } },
    netDeps(),
  )
  if (!peers.ports) throw new Error('the peer does not listen')
  return { peers, identity, address: { peer: identity.peer, host: '127.0.0.1', ...peers.ports } }
}
