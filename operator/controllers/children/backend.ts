/**
 * The backend of a pool as its pods get it: the part of the run config, and Secrets and authorities mounted as folders, so that a
 * changed Secret is seen without a restart. Pure.
 *
 * Each pod has a folder of its own in the backend, named after it: the same after every restart. That two pods never share one is
 * checked by the provider itself, which claims the folder in its own name.
 *
 * @module
 */
import type { HdfsBackend, RunConfigInput, S3Backend } from '@lunarx/core/membership'
import type { HdfsSpec, S3Spec } from '../../api/index.ts'
import type { PodPool } from '../pool.ts'
import { authoritiesOf, caFileOf, item, mounted, mountsOf, type Mount, type MountedVolume, type Place } from './mounted.ts'

const TOKEN_FILE = 'token'
const KEYS: Place = { volume: 'backend-keys', folder: '/var/run/secrets/lunarx-backend' }
const CA: Place = { volume: 'backend-ca', folder: '/etc/lunarx-backend' }

/** As `lunarx run` reads it; undefined for what has no backend but its volume. */
export function backendConfig(pool: PodPool): RunConfigInput['backend'] {
  if (pool.component !== 'provider') return undefined
  const { s3, hdfs } = pool.spec.backend
  if (s3) return s3Config(s3, folderOf(pool, s3))
  return hdfs && hdfsConfig(hdfs, folderOf(pool, hdfs))
}

const folderOf = ({ namespace, spec: { network } }: PodPool, { prefix }: { readonly prefix?: string | undefined }): string =>
  `${prefix ?? `${namespace}/${network}`}/$(POD_NAME)`

function s3Config(spec: S3Spec, prefix: string): S3Backend {
  const { endpoint, bucket, region, pathStyle } = spec
  return { kind: 's3', endpoint, bucket, prefix, region, pathStyle, credentialsFolder: KEYS.folder, ...caFileOf(spec, CA) }
}

function hdfsConfig(spec: HdfsSpec, prefix: string): Partial<HdfsBackend> & Pick<HdfsBackend, 'kind' | 'urls' | 'root'> {
  const { urls, root, user, tokenSecret, replication, minBlockBytes } = spec
  return {
    kind: 'hdfs',
    urls,
    root,
    prefix,
    ...(user === undefined ? {} : { user }),
    ...(replication === undefined ? {} : { replication }),
    ...(minBlockBytes === undefined ? {} : { minBlockBytes }),
    ...(tokenSecret ? { tokenFile: `${KEYS.folder}/${TOKEN_FILE}` } : {}),
    ...caFileOf(spec, CA),
  }
}

/** Volumes of the pod. A pod whose Secret or key is missing waits; its kubelet says for what. */
export function backendVolumes(pool: PodPool): readonly MountedVolume[] {
  if (pool.component !== 'provider') return []
  const { s3, hdfs } = pool.spec.backend
  return [...(s3 ? [keysOf(s3)] : []), ...(hdfs?.tokenSecret ? [tokenOf(hdfs.tokenSecret)] : []), ...authoritiesOf(s3 ?? hdfs, CA)]
}

export const backendMounts = (pool: PodPool): readonly Mount[] => mountsOf(backendVolumes(pool), [KEYS, CA])

const keysOf = ({ credentialsSecret: { name } }: S3Spec): MountedVolume =>
  mounted(KEYS, [
    { secret: { name, items: [item('accessKey'), item('secretKey')] } },
    { secret: { name, items: [item('sessionToken')], optional: true } }, // of temporary credentials
  ])

const tokenOf = ({ name, key }: { readonly name: string; readonly key: string }): MountedVolume =>
  mounted(KEYS, [{ secret: { name, items: [item(key, TOKEN_FILE)] } }])
