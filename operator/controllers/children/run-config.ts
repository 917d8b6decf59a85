/**
 * ConfigMap with what `lunarx run` reads: the same for all pods of a pool. Nothing in it is secret.
 *
 * @module
 */
import type { RunConfigInput } from '@lunarx/core/membership'
import { apiVersionOf, KINDS, type KubeObject } from '../../kube/index.ts'
import { controllerOf, labelsOf, podHost, PORTS, runConfigName } from '../names.ts'
import type { PodPool, PoolNetwork } from '../pool.ts'
import { bytesOf } from '../quantity.ts'
import { backendConfig } from './backend.ts'
import { storeConfig } from './tracker-store.ts'
import { DATA_FOLDER, NETWORK_FOLDER, TOKEN_FOLDER } from './pod.ts'

/** Kept free on a volume for indexes, rows and records: 5 %, at least 64 MiB. */
const MIN_RESERVE_BYTES = 64 * 2 ** 20

export function capacityBytes(size: string, capacity: string | undefined): number {
  if (capacity !== undefined) return bytesOf(capacity)
  const sizeBytes = bytesOf(size)
  return Math.max(0, sizeBytes - Math.max(MIN_RESERVE_BYTES, Math.ceil(sizeBytes / 20)))
}

function roleConfig(pool: PodPool): Partial<RunConfigInput> {
  if (pool.component === 'verifier') return {}
  if (pool.component === 'tracker') {
    const store = storeConfig(pool)
    return store === undefined ? {} : { store }
  }
  const { volume, capacity, services } = pool.spec
  const backend = backendConfig(pool)
  return {
    capacityBytes: capacityBytes(volume.size, capacity),
    services: [...services].sort().reverse(),
    ...(backend === undefined ? {} : { backend }),
  }
}

export function runConfig(pool: PodPool): RunConfigInput {
  const { control, data, admin, health } = PORTS
  return {
    role: pool.component,
    network: `${NETWORK_FOLDER}/network.json`,
    dataFolder: DATA_FOLDER,
    host: podHost('$(POD_NAME)', pool.name, pool.namespace),
    listen: { host: '0.0.0.0', controlPort: control, dataPort: data, adminPort: admin, healthPort: health },
    ...roleConfig(pool),
    credential: { tokenFile: `${TOKEN_FOLDER}/token` },
  }
}

export function runConfigMap(pool: PodPool, network: PoolNetwork): KubeObject & { readonly data: { readonly 'run.json': string } } {
  return {
    apiVersion: apiVersionOf(KINDS.configMap),
    kind: KINDS.configMap.kind,
    metadata: {
      name: runConfigName(pool.name),
      namespace: pool.namespace,
      labels: labelsOf(pool.component, pool.name, network.name),
      ownerReferences: [controllerOf(pool.owner)],
    },
    data: { 'run.json': `${JSON.stringify(runConfig(pool), null, 2)}\n` },
  }
}
