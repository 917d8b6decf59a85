/**
 * The store of trackers as their pods get it: the part of the run config, and the Secret and authorities as folders. Pure.
 *
 * @module
 */
import type { RunConfigInput } from '@lunarx/core/membership'
import type { PodPool } from '../pool.ts'
import { authoritiesOf, caFileOf, item, mounted, mountsOf, type Mount, type MountedVolume, type Place } from './mounted.ts'

const KEYS: Place = { volume: 'store-keys', folder: '/var/run/secrets/lunarx-store' }
const CA: Place = { volume: 'store-ca', folder: '/etc/lunarx-store' }

/** As `lunarx run` reads it; undefined for what keeps everything on its volume. */
export function storeConfig(pool: PodPool): RunConfigInput['store'] {
  const postgres = pool.component === 'tracker' ? pool.spec.store.postgres : undefined
  if (!postgres) return undefined
  const { hosts, port, database, sslMode, connections } = postgres
  return { kind: 'postgres', hosts, port, database, sslMode, credentialsFolder: KEYS.folder, connections, ...caFileOf(postgres, CA) }
}

/** Volumes of the pod. A pod whose Secret or key is missing waits; its kubelet says for what. */
export function storeVolumes(pool: PodPool): readonly MountedVolume[] {
  const postgres = pool.component === 'tracker' ? pool.spec.store.postgres : undefined
  if (!postgres) return []
  const { name } = postgres.credentialsSecret
  return [mounted(KEYS, [{ secret: { name, items: [item('username'), item('password')] } }]), ...authoritiesOf(postgres, CA)]
}

export const storeMounts = (pool: PodPool): readonly Mount[] => mountsOf(storeVolumes(pool), [KEYS, CA])
