/**
 * Buckets on real servers, for the conformance suites.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'minio'
import type { S3Backend } from '@lunarx/core/membership'
import { type Clock, SystemClock } from '@lunarx/runtime/clock'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import type { Objects, Patience } from '@lunarx/runtime/objects'
import { openS3 } from '@lunarx/runtime/objects/s3'
import { SystemRandom } from '@lunarx/runtime/random'
import type { S3Server } from '../../hack/servers/s3-server.ts'

/** A server with buckets that a test makes. */
export class Buckets {
  readonly server: S3Server
  readonly credentialsFolder: string
  readonly #folder: string
  readonly #ca: string | undefined
  #made = 0

  private constructor(server: S3Server, folder: string, ca: string | undefined) {
    this.server = server
    this.#folder = folder
    this.#ca = ca
    this.credentialsFolder = join(folder, 'keys')
  }

  /** @param ca PEM of the server's certificate */
  static async open(server: S3Server, folder: string, ca?: string): Promise<Buckets> {
    const buckets = new Buckets(server, folder, ca)
    await writeKeys(buckets.credentialsFolder, server.user, server.password)
    if (ca !== undefined) await writeFile(join(folder, 'ca.pem'), ca)
    return buckets
  }

  /** An empty bucket. */
  async make(): Promise<S3Backend> {
    const bucket = `bucket-${++this.#made}`
    const { hostname, port, protocol } = new URL(this.server.url)
    const client = new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: protocol === 'https:',
      accessKey: this.server.user,
      secretKey: this.server.password,
      region: 'us-east-1',
    })
    if (this.#ca !== undefined) client.setRequestOptions({ ca: this.#ca, agent: undefined })
    await client.makeBucket(bucket)
    return {
      kind: 's3',
      endpoint: this.server.url,
      bucket,
      prefix: '',
      region: 'us-east-1',
      pathStyle: true,
      credentialsFolder: this.credentialsFolder,
      ...(this.#ca === undefined ? {} : { caFile: join(this.#folder, 'ca.pem') }),
    }
  }
}

/** As a mounted Secret. */
export async function writeKeys(folder: string, accessKey: string, secretKey: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'accessKey'), accessKey, { mode: 0o600 })
  await writeFile(join(folder, 'secretKey'), `${secretKey}\n`, { mode: 0o600 })
}

export async function openBucket(
  backend: S3Backend,
  patience: Partial<Patience> = {},
  clock: Clock = new SystemClock(),
): Promise<{ objects: Objects; metrics: RecordedMetrics }> {
  const metrics = new RecordedMetrics()
  return { objects: await openS3(backend, { clock, random: new SystemRandom(), metrics, patience }), metrics }
}
