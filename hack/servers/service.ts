/**
 * A server of somebody else's as a process of ours: started, waited for, ended by its own id.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const READY_MS = 300_000
const STOP_MS = 15_000
const LOOK_MS = 50

export interface ServiceOptions {
  /** For messages. */
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Standard output and error go there. */
  readonly logFile: string
  readonly isReady: () => Promise<boolean>
  /** Id of the user (and group) that it runs as. Default: this process's. */
  readonly user?: number
  /** What ends it at once, without waiting for who uses it. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
}

export interface Service extends AsyncDisposable {
  readonly pid: number
  /** Ends it by another signal than usual. */
  end(signal: NodeJS.Signals): Promise<void>
}

/** @throws {Error} not ready within five minutes; the end of its log is in the message */
export async function startService({ name, program, args, env, logFile, isReady, ...how }: ServiceOptions): Promise<Service> {
  const { user, stopSignal = 'SIGTERM' } = how
  await using log = await open(logFile, 'a')
  const child = spawn(program, args, { env, stdio: ['ignore', log.fd, log.fd], ...(user === undefined ? {} : { uid: user, gid: user }) })
  const deadline = performance.now() + READY_MS
  while (!(await isReady())) {
    if (hasEnded(child) || performance.now() > deadline) {
      await stop(child, stopSignal)
      throw new Error(`${name} is not ready: ${(await readFile(logFile, 'utf8')).slice(-1_000)}`)
    }
    await sleep(LOOK_MS)
  }
  return { pid: child.pid ?? 0, end: (signal) => stop(child, signal), [Symbol.asyncDispose]: () => stop(child, stopSignal) }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  child.kill(signal)
  await ended
  clearTimeout(kill)
}
