/**
 * The backend of a pool as its pods get it: the part of the run config, and Secrets and authorities mounted as folders, so that a
 * changed Secret is seen without a restart. Pure.
 *
 * Each pod has a folder of its own in the backend, named after it: the same after every restart. That two pods never share one is
 * checked by the provider itself, which claims the folder in its own name.
 *
 * @module
 */
import type { Backend, HdfsBackend, RunConfigInput, S3Backend } from '@lunarx/core/membership'
import type { BackendSpec, HdfsSpec, S3Spec } from '../../api/index.ts'
import type { Pool } from '../pool.ts'

const KEYS_FOLDER = '/var/run/secrets/lunarx-backend'
const CA_FOLDER = '/etc/lunarx-backend'
const [CA_FILE, TOKEN_FILE] = ['ca.crt', 'token']
/** Volumes of the pod. */
const [KEYS, CA] = ['backend-keys', 'backend-ca']
/** Readable by the group of the pod only. */
const MODE = 0o440

export type BackendKind = Backend['kind']

export const backendKind = ({ s3, hdfs }: BackendSpec): BackendKind => (s3 ? 's3' : hdfs ? 'hdfs' : 'volume')

/** As `lunarx run` reads it; undefined for what has no backend but its volume. */
export function backendConfig(pool: Pool): RunConfigInput['backend'] {
  if (pool.component === 'tracker') return undefined
  const { s3, hdfs } = pool.spec.backend
  if (s3) return s3Config(s3, folderOf(pool, s3))
  return hdfs && hdfsConfig(hdfs, folderOf(pool, hdfs))
}

const folderOf = ({ namespace, spec: { network } }: Pool, { prefix }: { readonly prefix?: string | undefined }): string =>
  `${prefix ?? `${namespace}/${network}`}/$(POD_NAME)`

const caFile = ({ caConfigMap, caSecret }: S3Spec | HdfsSpec) => (caConfigMap || caSecret ? { caFile: `${CA_FOLDER}/${CA_FILE}` } : {})

function s3Config(spec: S3Spec, prefix: string): S3Backend {
  const { endpoint, bucket, region, pathStyle } = spec
  return { kind: 's3', endpoint, bucket, prefix, region, pathStyle, credentialsFolder: KEYS_FOLDER, ...caFile(spec) }
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
    ...(tokenSecret ? { tokenFile: `${KEYS_FOLDER}/${TOKEN_FILE}` } : {}),
    ...caFile(spec),
  }
}

/** Volumes of the pod. A pod whose Secret or key is missing waits; its kubelet says for what. */
export function backendVolumes(pool: Pool): readonly { readonly name: string }[] {
  if (pool.component === 'tracker') return []
  const { s3, hdfs } = pool.spec.backend
  return [...(s3 ? [keysOf(s3)] : []), ...(hdfs?.tokenSecret ? [tokenOf(hdfs.tokenSecret)] : []), ...authoritiesOf(s3 ?? hdfs)]
}

export function backendMounts(pool: Pool): readonly { readonly name: string; readonly mountPath: string; readonly readOnly: true }[] {
  const folders: Readonly<Record<string, string>> = { [KEYS]: KEYS_FOLDER, [CA]: CA_FOLDER }
  return backendVolumes(pool).flatMap(({ name }) => {
    const mountPath = folders[name]
    return mountPath === undefined ? [] : [{ name, mountPath, readOnly: true as const }]
  })
}

const item = (key: string, path = key) => ({ key, path })

function keysOf({ credentialsSecret: { name } }: S3Spec) {
  const always = { secret: { name, items: [item('accessKey'), item('secretKey')] } }
  const temporary = { secret: { name, items: [item('sessionToken')], optional: true } }
  return { name: KEYS, projected: { defaultMode: MODE, sources: [always, temporary] } }
}

const tokenOf = ({ name, key }: { readonly name: string; readonly key: string }) => ({
  name: KEYS,
  projected: { defaultMode: MODE, sources: [{ secret: { name, items: [item(key, TOKEN_FILE)] } }] },
})

function authoritiesOf(spec: S3Spec | HdfsSpec | undefined) {
  const source = spec?.caConfigMap
    ? { configMap: { name: spec.caConfigMap.name, items: [item(spec.caConfigMap.key, CA_FILE)] } }
    : spec?.caSecret && { secret: { name: spec.caSecret.name, items: [item(spec.caSecret.key, CA_FILE)] } }
  return source ? [{ name: CA, projected: { defaultMode: MODE, sources: [source] } }] : []
}
