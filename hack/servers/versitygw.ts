/**
 * versitygw, an S3 gateway over a plain folder, on the loopback, until disposed: a second server written by other people than MinIO's.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './ports.ts'
import { goProgram, VERSITYGW } from './programs.ts'
import { isUp, type S3Server } from './s3-server.ts'
import { startService } from './service.ts'

/**
 * @param folder made when missing; buckets and log lie in it
 * @throws {Error} not ready within five minutes; the end of its log is in the message
 */
export async function startVersitygw(folder: string): Promise<S3Server> {
  const program = await goProgram(VERSITYGW)
  const [buckets, accounts] = [join(folder, 'buckets'), join(folder, 'accounts')]
  for (const part of [buckets, accounts]) await mkdir(part, { recursive: true })
  const address = `127.0.0.1:${await freePort()}`
  const [user, password] = ['gateway', 'gateway-secret']
  const url = `http://${address}`
  const service = await startService({
    name: 'versitygw',
    program,
    args: ['--port', address, '--region', 'us-east-1', '--iam-dir', accounts, '--health', '/health', 'posix', buckets],
    env: { ...process.env, ROOT_ACCESS_KEY: user, ROOT_SECRET_KEY: password },
    logFile: join(folder, 'log'),
    isReady: () => isUp(`${url}/health`),
  })
  return { url, user, password, pid: service.pid, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}
