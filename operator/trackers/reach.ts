/**
 * The admin API of trackers, asked with operator rights: the operator holds the network key, so it signs its own short credential.
 * Its identity lives in memory only; another process is another peer.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { documentOfText, textOfDocument } from '@lunarx/core/document'
import { issueCredential, type SignedCredential } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { adminClient } from '@lunarx/net/admin'
import { identityOf, type Identity } from '@lunarx/net/identity'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import type { ReachTracker } from '../controllers/index.ts'
import type { TrackerAdmin } from '../healing/index.ts'

export interface ReachDeps {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
}

const CREDENTIAL_MS = 15 * 60_000
const RENEW_BEFORE_MS = 5 * 60_000
/** Trackers whose clients are kept; the ones not asked for longest are made anew. */
const MAX_KEPT = 5_000
/** Clocks of nodes differ a little. */
const SKEW_MS = 60_000

/** A credential of this process, renewed when it has little time left. */
function ownCredential(network: string, key: SignKey, identity: Identity, clock: Clock): () => SignedCredential {
  let current: { readonly document: SignedCredential; readonly expiresMs: number } | undefined
  return () => {
    const nowMs = clock.now()
    if (current === undefined || current.expiresMs - nowMs < RENEW_BEFORE_MS) {
      const expiresMs = nowMs + CREDENTIAL_MS
      const credential = {
        network,
        peer: identity.peer,
        role: 'operator' as const,
        name: 'lunarx-operator',
        domains: {},
        issuedMs: nowMs - SKEW_MS,
        expiresMs,
      }
      current = { document: issueCredential(credential, key), expiresMs }
    }
    return current.document
  }
}

export function reachTrackers(deps: ReachDeps): ReachTracker {
  const identity = identityOf(deps.random.bytes(32), deps.crypto)
  const kept = new Map<string, TrackerAdmin>()
  return (network, { address, adminPort }) => {
    const networkKey = hexOf(network.key.publicKey)
    const name = [network.id, networkKey, address.host, adminPort].join(' ')
    const admin = kept.get(name) ?? open(network, networkKey, { host: address.host, port: adminPort }, identity, deps)
    kept.delete(name)
    kept.set(name, admin)
    const [oldest] = kept.keys()
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    return admin
  }
}

function open(
  network: Parameters<ReachTracker>[0],
  networkKey: string,
  address: { readonly host: string; readonly port: number },
  identity: Identity,
  deps: ReachDeps,
): TrackerAdmin {
  const credential = ownCredential(network.id, network.key, identity, deps.clock)
  const client = adminClient({ network: network.id, networkKey, identity, credential, address }, deps)
  return {
    status: (signal) => client.status({}, { signal }),
    declareLost: async (peer, reason, signal) => {
      await client.declareLost({ peer, reason }, { signal })
    },
    retire: async (peer, reason, signal) => {
      await client.retire({ peer, reason }, { signal })
    },
    orderDrain: async (peer, isDraining, signal) => {
      await (isDraining ? client.drain({ peer }, { signal }) : client.undrain({ peer }, { signal }))
    },
    orderAudit: async (peer, id, signal) => {
      await client.orderAudit({ peer, id }, { signal })
    },
    declareMaintenance: async (peer, forMs, signal) => {
      await client.maintenance({ peer, forMs }, { signal })
    },
    readEpoch: async (signal) => {
      const { epoch } = await client.readEpoch({}, { signal })
      return epoch === null ? undefined : documentOfText(epoch)
    },
    announceEpoch: async (epoch, signal) => {
      await client.announceEpoch({ epoch: textOfDocument(epoch) }, { signal })
    },
  }
}
