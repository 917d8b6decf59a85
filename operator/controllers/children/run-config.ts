/**
 * ConfigMap with what `lunarx run` reads: the same for all pods of a pool, and which of their volumes are smaller than it wants. Nothing in it is
 * secret.
 *
 * @module
 */
import type { RunConfigInput, VolumeRoom } from '@lunarx/core/membership'
import { apiVersionOf, KINDS, type KubeObject } from '../../kube/index.ts'
import { controllerOf, labelsOf, podHost, PORTS, runConfigName } from '../names.ts'
import { usesServer, type PodPool, type PoolNetwork } from '../pool.ts'
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

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** What a bucket has room for says nothing of volumes, and theirs nothing of it. */
function volumesFile(pool: PodPool, smaller: ReadonlyMap<string, string>): Pick<RunFiles, 'volumes.json'> {
  if (pool.component !== 'provider' || usesServer(pool) || smaller.size === 0) return {}
  const { name, namespace } = pool
  const room = [...smaller].map(([pod, size]) => [podHost(pod, name, namespace), capacityBytes(size, undefined)] as const)
  const value: VolumeRoom = { room: Object.fromEntries(room) }
  return { 'volumes.json': json(value) }
}

export interface RunFiles {
  readonly 'run.json': string
  readonly 'volumes.json'?: string
}

/** @param smaller pod → size of its volume, where that is less than the pool wants. Pods read it anew while they run: it restarts none */
export function runConfigMap(
  pool: PodPool,
  network: PoolNetwork,
  smaller: ReadonlyMap<string, string> = new Map(),
): KubeObject & { readonly data: RunFiles } {
  return {
    apiVersion: apiVersionOf(KINDS.configMap),
    kind: KINDS.configMap.kind,
    metadata: {
      name: runConfigName(pool.name),
      namespace: pool.namespace,
      labels: labelsOf(pool.component, pool.name, network.name),
      ownerReferences: [controllerOf(pool.owner)],
    },
    data: { 'run.json': json(runConfig(pool)), ...volumesFile(pool, smaller) },
  }
}
