/**
 * Runs one command in the clone with its output passed on (or kept), and tells how it ended. Time limit in milliseconds.
 *
 * @module
 */
import { spawn } from 'node:child_process'

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

export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>()
  const onLine = options.onLine ?? ((line: string) => console.log(line))
  const child = spawn(command, args, {
    cwd: options.cwd ?? process.cwd(),
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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
  child.on('error', reject)
  child.on('close', (code) => {
    clearTimeout(timer)
    resolve({ code: code ?? 1, output: lines.join('\n') })
  })
  return promise
}
