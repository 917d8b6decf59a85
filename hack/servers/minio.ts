/**
 * MinIO on one node, erasure-coded over folders or on one, until disposed.
 *
 * MinIO refuses to spread over folders of the root file system unless `MINIO_CI_CD=1` says that this is a trial: it would wait for
 * ever. Every object is then cut into data and parity shards like ours, in one process.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './ports.ts'
import { goProgram, MINIO } from './programs.ts'
import { isUp, type S3Server, type ServerTls } from './s3-server.ts'
import { startService } from './service.ts'

export interface MinioOptions {
  /** Made when missing; drives and log lie in it. */
  readonly folder: string
  /** 1, or 4 to 16. */
  readonly drives: number
  /** Shards of each object that may be gone; 0 on one drive. */
  readonly parity: number
  readonly tls?: ServerTls
  /** Address to listen on. Default: the loopback. */
  readonly host?: string
  /** Default: a free one. To come back where one was stopped before. */
  readonly port?: number
  /** The secret key. */
  readonly password?: string
}

/** @throws {Error} not ready within five minutes; the end of its log is in the message */
export async function startMinio({
  folder,
  drives,
  parity,
  tls,
  host = '127.0.0.1',
  port: given,
  ...keys
}: MinioOptions): Promise<S3Server> {
  const program = await goProgram(MINIO)
  const certs = join(folder, 'certs')
  await mkdir(certs, { recursive: true })
  if (tls) {
    await writeFile(join(certs, 'public.crt'), tls.certificate)
    await writeFile(join(certs, 'private.key'), tls.key)
  }
  const port = given ?? (await freePort())
  const [user, password] = ['benchmark', keys.password ?? 'benchmark-secret']
  const env = {
    ...process.env,
    MINIO_ROOT_USER: user,
    MINIO_ROOT_PASSWORD: password,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
    MINIO_CI_CD: '1',
    ...(parity > 0 ? { MINIO_STORAGE_CLASS_STANDARD: `EC:${parity}` } : {}),
  }
  const url = `${tls ? 'https' : 'http'}://${host}:${port}`
  const where = drives === 1 ? join(folder, 'drive') : join(folder, `drive{1...${drives}}`)
  const service = await startService({
    name: 'MinIO',
    program,
    args: ['server', '--quiet', '--address', `${host}:${port}`, '--certs-dir', certs, where],
    env,
    logFile: join(folder, 'log'),
    isReady: () => isUp(`${url}/minio/health/ready`),
  })
  return { url, user, password, pid: service.pid, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}
