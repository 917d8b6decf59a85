/**
 * The simulated network as a subject of the conformance suite.
 *
 * @module
 */
import { issueCredential } from '@lunarx/core/membership'
import { hexOf, utf8 } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import { SimulatedNetwork } from '@lunarx/net/simulated'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import type { PeersFixture } from './peers.ts'

const HOUR = 3_600_000
const PORTS = { controlPort: 4001, dataPort: 4002 }

export async function simulatedPeersFixture(): Promise<PeersFixture> {
  const clock = new SimulatedClock()
  const random = new SeededRandom(1)
  const trace = new Trace(clock)
  const networkKey = crypto.signKey(crypto.sha256(utf8('the network')))
  const strangerKey = crypto.signKey(crypto.sha256(utf8('a stranger')))
  const network = new SimulatedNetwork({ clock, random, network: 'test/net', networkKey: hexOf(networkKey.publicKey) })
  let hosts = 0
  return {
    nowhere: { host: 'nowhere', ...PORTS },
    settle: (work) => clock.runWhile(work, HOUR),
    pass: (ms) => clock.runFor(ms),
    join: async ({ role, credentialMs = HOUR, network: named = 'test/net', isForged = false, hasDirectory = false, tracer }) => {
      const host = `host-${hosts++}`
      const identity = identityOf(random.bytes(32), crypto)
      const [issuedMs, expiresMs] = [clock.now(), clock.now() + credentialMs]
      const document = issueCredential(
        { network: named, peer: identity.peer, role, name: host, domains: {}, issuedMs, expiresMs },
        isForged ? strangerKey : networkKey,
      )
      const peers = network.join(
        { host, identity, credential: () => document, directory: hasDirectory ? { host, ...PORTS } : undefined },
        { clock, crypto, log: trace.log(host), metrics: new RecordedMetrics(), ...(tracer ? { tracer } : {}) },
      )
      return { peers, address: { host, ...PORTS } }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}
