/**
 * Trackers that say what a test wants of a fleet, and remember what they were told. Real ones run in the other e2e tests.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import type { ReachTracker } from '@lunarx/operator/controllers'
import type { FleetProvider, TrackerStatus } from '@lunarx/wire'

const peerOf = (number: number): string => peerIdOf(nodeCrypto.signKey(new Uint8Array(32).fill(number)).publicKey)

export class ScriptedFleet {
  readonly lost = new Set<string>()
  readonly retired = new Set<string>()
  /** Who is to be drained, and whether it is: that is for the test to say. */
  readonly draining = new Map<string, { isDrained: boolean }>()
  readonly announced = new Map<string, SignedDocument>()
  /** Number of the epoch that those who have one serve. */
  served = 1
  /** How many sets have how many spare shards. */
  margin: Readonly<Record<string, number>> = {}
  /** Names of pods of providers, each with the pool that it is of. */
  readonly #pods: readonly { readonly name: string; readonly pool: string }[]

  /** @param more pools with their providers, beside the first one */
  constructor(pool: string, providers: number, more: Readonly<Record<string, number>> = {}) {
    const pools = Object.entries({ [pool]: providers, ...more })
    this.#pods = pools.flatMap(([name, count]) => Array.from({ length: count }, (_, i) => ({ name: `${name}-${i}`, pool: name })))
  }

  readonly reach: ReachTracker = (_network, { address: { host } }) => ({
    status: () => Promise.resolve(this.#status(host)),
    declareLost: (peer) => {
      this.lost.add(peer)
      return Promise.resolve()
    },
    retire: (peer) => {
      this.retired.add(peer)
      this.draining.delete(peer)
      return Promise.resolve()
    },
    orderDrain: (peer, isDraining) => {
      if (isDraining) this.draining.set(peer, this.draining.get(peer) ?? { isDrained: false })
      else this.draining.delete(peer)
      return Promise.resolve()
    },
    orderAudit: () => Promise.resolve(),
    declareMaintenance: () => Promise.resolve(),
    readEpoch: () => Promise.resolve(this.announced.get(host)),
    announceEpoch: (epoch) => {
      this.announced.set(host, epoch)
      return Promise.resolve()
    },
  })

  #status(host: string): TrackerStatus {
    const epoch = this.announced.size === 0 ? 0 : this.served
    return {
      tracker: peerOf(100 + Number(/\d+/.exec(host)?.[0] ?? 0)),
      name: host.split('.')[0] ?? host,
      epoch: this.announced.has(host) ? this.served : 0,
      sets: { margin: this.margin, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 },
      records: 0,
      providers: this.#pods.map((pod, i) => this.#provider(pod, i, epoch)),
      trackers: [],
      timeMs: 0,
    }
  }

  #provider({ name, pool }: { readonly name: string; readonly pool: string }, index: number, epoch: number): FleetProvider {
    const peer = peerOf(index + 1)
    const retired = this.retired.has(peer)
    const declaredLost = this.lost.has(peer) || retired
    const order = this.draining.get(peer)
    const left = order?.isDrained === true ? 0 : 3
    return {
      peer,
      name,
      domain: `n${index}`,
      store: null,
      address: { peer, host: `${name}.${pool}`, controlPort: 4001, dataPort: 4002 },
      state: declaredLost ? 'lost' : 'alive',
      declaredLost,
      retired,
      drain: order
        ? { revision: 1, shards: left, bytes: left * 1_000, etaMs: null, rowsMoved: order.isDrained, isDrained: order.isDrained }
        : null,
      silentMs: 1_000,
      services: ['storage', 'index'],
      capacityBytes: 2 ** 30,
      usedBytes: 0,
      reservedBytes: 0,
      shards: 0,
      epoch,
      mergedEpoch: epoch,
    }
  }
}
