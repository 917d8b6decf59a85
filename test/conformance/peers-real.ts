/**
 * The real network over loopback as a subject of the conformance suite: libp2p, TLS, sockets, the machine's clock.
 *
 * @module
 */
import { issueCredential } from '@lunarx/core/membership'
import { hexOf, utf8 } from '@lunarx/core/model'
import { openPeers } from '@lunarx/net'
import { identityOf } from '@lunarx/net/identity'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SystemRandom } from '@lunarx/runtime/random'
import type { PeersFixture } from './peers.ts'

const HOUR = 3_600_000

export async function realPeersFixture(): Promise<PeersFixture> {
  const clock = new SystemClock()
  const random = new SystemRandom()
  const log = new Trace(clock).log('net')
  const networkKey = crypto.signKey(crypto.sha256(utf8('the network')))
  const strangerKey = crypto.signKey(crypto.sha256(utf8('a stranger')))
  const opened = new AsyncDisposableStack()
  return {
    nowhere: { host: '127.0.0.1', controlPort: 1, dataPort: 1 },
    settle: (work) => work,
    pass: (ms) => clock.sleep(ms),
    join: async ({ role, credentialMs = HOUR, network = 'test/net', isForged = false, hasDirectory = false, tracer }) => {
      const identity = identityOf(random.bytes(32), crypto)
      const [issuedMs, expiresMs] = [clock.now(), clock.now() + credentialMs]
      const document = issueCredential(
        { network, peer: identity.peer, role, name: role, domains: {}, issuedMs, expiresMs },
        isForged ? strangerKey : networkKey,
      )
      const peers = opened.use(
        await openPeers(
          {
            identity,
            credential: () => document,
            network: 'test/net',
            networkKey: hexOf(networkKey.publicKey),
            directory: hasDirectory ? { announcementsPerHour: 0 } : undefined,
            listen: { host: '127.0.0.1', controlPort: 0, dataPort: 0 },
          },
          { clock, random, log, metrics: new RecordedMetrics(), crypto, tracer },
        ),
      )
      if (!peers.ports) throw new Error('the peer does not listen')
      return { peers, address: { host: '127.0.0.1', ...peers.ports } }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
