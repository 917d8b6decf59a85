/**
 * MinIO on one node, erasure-coded over folders, on the loopback, until disposed.
 *
 * MinIO refuses to spread over folders of the root file system unless `MINIO_CI_CD=1` says that this is a trial: it would wait for
 * ever. Every object is then cut into data and parity shards like ours, in one process.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './ports.ts'
import { goProgram, MINIO } from './programs.ts'

const READY_MS = 60_000
const STOP_MS = 15_000
const LOOK_MS = 50

export interface MinioOptions {
  /** Made when missing; drives and log lie in it. */
  readonly folder: string
  /** 4 to 16. */
  readonly drives: number
  /** Shards of each object that may be gone. */
  readonly parity: number
}

export interface Minio extends AsyncDisposable {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly pid: number
}

/** @throws {Error} not ready within a minute; the end of its log is in the message */
export async function startMinio({ folder, drives, parity }: MinioOptions): Promise<Minio> {
  const program = await goProgram(MINIO)
  await mkdir(join(folder, 'certs'), { recursive: true })
  const port = await freePort()
  const [user, password] = ['benchmark', 'benchmark-secret']
  const env = {
    ...process.env,
    MINIO_ROOT_USER: user,
    MINIO_ROOT_PASSWORD: password,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
    MINIO_CI_CD: '1',
    MINIO_STORAGE_CLASS_STANDARD: `EC:${parity}`,
  }
  const logFile = join(folder, 'log')
  await using log = await open(logFile, 'a')
  const args = ['server', '--quiet', '--address', `127.0.0.1:${port}`, '--certs-dir', join(folder, 'certs')]
  const child = spawn(program, [...args, join(folder, `drive{1...${drives}}`)], { env, stdio: ['ignore', log.fd, log.fd] })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.kill('SIGTERM')
    await ended
    clearTimeout(kill)
  }
  const url = `http://127.0.0.1:${port}`
  const deadline = performance.now() + READY_MS
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`MinIO is not ready: ${(await readFile(logFile, 'utf8')).slice(-1_000)}`)
    }
    await sleep(LOOK_MS)
  }
  return { url, user, password, pid: child.pid ?? 0, [Symbol.asyncDispose]: stop }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/minio/health/ready`)).ok
  } catch {
    return false
  }
}
