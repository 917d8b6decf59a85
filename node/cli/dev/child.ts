/**
 * One member as a child process: its log in a file, started again when it ends, stopped with its parent.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'

const RESTART_PAUSE_MS = 1_000

export interface ChildInit {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly logFile: string
  /** More than the child's own grace period. */
  readonly stopMs: number
}

export class Child implements AsyncDisposable {
  readonly #init: ChildInit
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>
  #process: ChildProcess | undefined

  constructor(init: ChildInit, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#init = init
    this.#clock = clock
    this.#log = log
    this.#ended = this.#keepRunning()
  }

  get name(): string {
    return this.#init.name
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#process?.kill('SIGTERM')
    const cancel = this.#clock.after(this.#init.stopMs, () => this.#process?.kill('SIGKILL'))
    await this.#ended
    cancel()
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const [code, killedBy] = await this.#runOnce()
      this.#process = undefined
      if (signal.aborted) return
      this.#log.warn('a member ended, starting it again', { member: this.#init.name, code, killedBy })
      await this.#clock.sleep(RESTART_PAUSE_MS, signal).catch(() => undefined)
    }
  }

  async #runOnce(): Promise<readonly unknown[]> {
    const [executable, ...args] = this.#init.command
    await using logFile = await open(this.#init.logFile, 'a')
    // a group of its own: Ctrl-C reaches this process only, which then stops them in order;
    // standard input stays open: it ends with this process, however that ends, and the child with it
    const child = spawn(executable, args, { stdio: ['pipe', logFile.fd, logFile.fd], detached: true })
    this.#process = child
    const ended = once(child, 'exit')
    if (this.#stop.signal.aborted) child.kill('SIGTERM')
    return await ended.catch((error: unknown) => [undefined, String(error)])
  }
}
