/**
 * A provider, its drain and the sets of a fleet as trackers report them, for table tests.
 *
 * @module
 */
import type { DrainProgress, FleetProvider } from '@lunarx/wire'

export const aProvider = (name: string, peer: string, changes: Partial<FleetProvider> = {}): FleetProvider => ({
  peer,
  name,
  domain: 'n1',
  store: null,
  address: { host: `${name}.pool.ns.svc`, controlPort: 4001, dataPort: 4002 },
  state: 'alive',
  declaredLost: false,
  retired: false,
  drain: null,
  silentMs: 1_000,
  services: ['storage', 'index'],
  capacityBytes: 2 ** 30,
  usedBytes: 2 ** 20,
  reservedBytes: 0,
  shards: 5,
  epoch: 1,
  mergedEpoch: 1,
  ...changes,
})

export const noSets = { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 }

export const drainProgress = (changes: Partial<DrainProgress> = {}): DrainProgress => ({
  revision: 1,
  shards: 2,
  bytes: 100,
  etaMs: null,
  rowsMoved: false,
  isDrained: false,
  ...changes,
})
export const drained = drainProgress({ shards: 0, bytes: 0, rowsMoved: true, isDrained: true })
