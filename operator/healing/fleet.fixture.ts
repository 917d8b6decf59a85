/**
 * A provider as trackers report it, for table tests.
 *
 * @module
 */
import type { FleetProvider } from '@lunarx/wire'

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
