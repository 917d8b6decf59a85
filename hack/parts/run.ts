/**
 * Runs one command in the clone with its output passed on (or kept), and tells how it ended. Time limit in milliseconds.
 *
 * Who stops us (SIGINT, SIGTERM) stops the command, and none begins after it; then it is the caller's to clean up: it is not ended.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'

export interface Ran {
  readonly code: number
  readonly output: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Called with each whole line of both streams. Default: print it. */
  readonly onLine?: (line: string) => void
  readonly timeoutMs?: number
}

const STOPS = ['SIGINT', 'SIGTERM'] as const
/** What a shell says of a command that was interrupted. */
const STOPPED = 130
let isStopped = false
const children = new Set<ChildProcess>()
function stop(signal: NodeJS.Signals): void {
  isStopped = true
  for (const child of children) child.kill(signal)
}

export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  if (isStopped) return Promise.resolve({ code: STOPPED, output: `stopped before ${command} ran` })
  if (children.size === 0) for (const signal of STOPS) process.on(signal, stop)
  const { promise, resolve, reject } = Promise.withResolvers<Ran>()
  const onLine = options.onLine ?? ((line: string) => console.log(line))
  const child = spawn(command, args, {
    cwd: options.cwd ?? process.cwd(),
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const ended = (): void => {
    clearTimeout(timer)
    children.delete(child)
    if (children.size === 0 && !isStopped) for (const signal of STOPS) process.off(signal, stop)
  }
  const lines: string[] = []
  const take = (stream: NodeJS.ReadableStream): void => {
    let rest = ''
    const line = (text: string): void => {
      lines.push(text)
      onLine(text)
    }
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) line(part)
    })
    stream.on('end', () => {
      if (rest !== '') line(rest)
    })
  }
  take(child.stdout)
  take(child.stderr)
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.timeoutMs)
  child.on('error', (error) => {
    ended()
    reject(error)
  })
  child.on('close', (code) => {
    ended()
    resolve({ code: code ?? 1, output: lines.join('\n') })
  })
  return promise
}
