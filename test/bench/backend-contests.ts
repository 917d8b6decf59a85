/**
 * Each backend of a provider beside a bare client of the same server, whose own folder or bucket lies next to ours.
 *
 * @module
 */
import { Agent } from 'node:http'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Client } from 'minio'
import { backendSchema, type HdfsBackend, type S3Backend } from '@lunarx/core/membership'
import { RemoteStore, VolumeStore, type ShardStore } from '@lunarx/provider/store'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { NodeDisk } from '@lunarx/runtime/disk'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import type { Objects } from '@lunarx/runtime/objects'
import { openHdfs } from '@lunarx/runtime/objects/hdfs'
import { openS3 } from '@lunarx/runtime/objects/s3'
import { SystemRandom } from '@lunarx/runtime/random'
import { startHdfs } from '../../hack/servers/hdfs.ts'
import { startMinio } from '../../hack/servers/minio.ts'
import type { S3Server } from '../../hack/servers/s3-server.ts'
import { startVersitygw } from '../../hack/servers/versitygw.ts'
import { PROVIDER_LIMITS } from '../../node/provider/limits.ts'
import { asSuperuser, USER } from '../conformance/objects-hdfs.ts'
import { writeKeys } from '../conformance/objects-s3.ts'
import { rawBucket, rawFiles, rawHdfs, type RawClient } from './raw-clients.ts'

export interface Contest {
  /** For tables. */
  readonly label: string
  readonly store: ShardStore
  /** Of a remote backend: what lies below its store. */
  readonly objects?: Objects
  readonly raw: RawClient
  /** Puts a few bytes under this name into either's folder, however that is quickest. */
  plant(name: string): Promise<void>
}

export type OpenContest = (folder: string, opened: AsyncDisposableStack) => Promise<Contest>

const REGION = 'us-east-1'
const [OUR_BUCKET, RAW_BUCKET] = ['ours', 'bare']
const NAMES_IN_PAGE = 1_000

const PLANTED = Buffer.from('planted')

const around = () => ({ clock: new SystemClock(), random: new SystemRandom(), metrics: new RecordedMetrics() })

async function remote(label: string, folder: string, objects: Objects, raw: RawClient): Promise<Contest> {
  const uploads = join(folder, 'uploads')
  await mkdir(uploads, { recursive: true })
  const store = await RemoteStore.open({ disk: new NodeDisk(uploads), objects, crypto, owner: 'the benchmark' })
  async function plant(name: string): Promise<void> {
    await objects.put(name, PLANTED.length, () => chunksOf(PLANTED))
    await raw.put(name, PLANTED)
  }
  return { label, store, objects, raw, plant }
}

/** As a store is given the bytes of an object. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const { chunkBytes } = PROVIDER_LIMITS
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

export const volume: OpenContest = async (folder) => {
  const [ours, raw] = [join(folder, 'ours'), join(folder, 'bare')]
  for (const root of [ours, raw]) await mkdir(root, { recursive: true })
  return {
    label: 'volume',
    store: await VolumeStore.open(new NodeDisk(ours), crypto),
    raw: rawFiles(raw, PROVIDER_LIMITS.chunkBytes),
    async plant(name) {
      for (const root of [ours, raw]) {
        await mkdir(dirname(join(root, name)), { recursive: true })
        await writeFile(join(root, name), PLANTED)
      }
    },
  }
}

const bucket =
  (label: string, start: (folder: string) => Promise<S3Server>): OpenContest =>
  async (folder, opened) => {
    await mkdir(folder, { recursive: true })
    const server = opened.use(await start(join(folder, 'server')))
    const { hostname, port } = new URL(server.url)
    const agent = new Agent({ keepAlive: true })
    opened.defer(() => agent.destroy())
    const keys = { accessKey: server.user, secretKey: server.password }
    const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, ...keys, region: REGION, transportAgent: agent })
    for (const name of [OUR_BUCKET, RAW_BUCKET]) await client.makeBucket(name)
    const credentialsFolder = join(folder, 'keys')
    await writeKeys(credentialsFolder, server.user, server.password)
    const backend = { kind: 's3', endpoint: server.url, bucket: OUR_BUCKET, region: REGION, credentialsFolder }
    const objects = opened.use(await openS3(backendSchema.parse(backend) as S3Backend, around()))
    return await remote(label, folder, objects, rawBucket(client, RAW_BUCKET))
  }

export const minio = bucket('S3: MinIO', (folder) => startMinio({ folder, drives: 1, parity: 0 }))
export const versitygw = bucket('S3: versitygw', startVersitygw)

/** A name node, three data nodes, three copies of each block. */
export const hdfs: OpenContest = async (folder, opened) => {
  const server = await startHdfs({ folder: join(folder, 'server'), nameNodes: 1, dataNodes: 3, replication: 3, listLimit: NAMES_IN_PAGE })
  opened.use(server)
  const [url = ''] = server.urls
  for (const root of ['/ours', '/bare']) {
    await asSuperuser(url, 'PUT', root, { op: 'MKDIRS', permission: '700' })
    await asSuperuser(url, 'PUT', root, { op: 'SETOWNER', owner: USER })
  }
  const backend = { kind: 'hdfs', urls: server.urls, root: '/ours', user: USER }
  const objects = opened.use(await openHdfs(backendSchema.parse(backend) as HdfsBackend, around()))
  const raw = rawHdfs(url, '/bare', USER)
  opened.use(raw)
  return await remote('HDFS', folder, objects, raw)
}
