/**
 * A network of real sockets on loopback, for somebody else's programs to talk to: its key, credentials, peers.
 *
 * @module
 */
import { issueCredential, type SignedCredential } from '@lunarx/core/membership'
import { hexOf, type PeerAddress, type Role, utf8 } from '@lunarx/core/model'
import { openPeers, type RealPeers } from '@lunarx/net'
import { type Identity, identityOf } from '@lunarx/net/identity'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SystemRandom } from '@lunarx/runtime/random'

const HOUR_MS = 3_600_000
const NETWORK = 'interop/net'
const HOST = '127.0.0.1'
const networkKey = crypto.signKey(crypto.sha256(utf8('the network of the interop tests')))
const strangerKey = crypto.signKey(crypto.sha256(utf8('a stranger')))
const clock = new SystemClock()

export const someIdentity = (name: string): Identity => identityOf(crypto.sha256(utf8(name)), crypto)

/** `isForged`: signed by a stranger. */
export function credentialOf({ peer }: Pick<Identity, 'peer'>, role: Role, isForged = false): SignedCredential {
  const [issuedMs, expiresMs] = [clock.now(), clock.now() + HOUR_MS]
  const credential = { network: NETWORK, peer, role, name: role, domains: {}, issuedMs, expiresMs }
  return issueCredential(credential, isForged ? strangerKey : networkKey)
}

export interface Member extends AsyncDisposable {
  readonly peers: RealPeers
  readonly address: PeerAddress & { readonly peer: string }
}

export async function openMember(name: string, role: Role): Promise<Member> {
  const identity = someIdentity(name)
  const credential = credentialOf(identity, role)
  const peers = await openPeers(
    {
      identity,
      credential: () => credential,
      network: NETWORK,
      networkKey: hexOf(networkKey.publicKey),
      listen: { host: HOST, controlPort: 0, dataPort: 0 },
    },
    { clock, random: new SystemRandom(), log: new Trace(clock).log('net'), metrics: new RecordedMetrics(), crypto },
  )
  if (!peers.ports) throw new Error('the peer does not listen')
  return {
    peers,
    address: { peer: identity.peer, host: HOST, ...peers.ports },
    [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
  }
}
