/**
 * A real cluster for the demo and the end-to-end tests: the lab of this machine, or the one that KUBECONFIG names.
 *
 * @module
 */
import { spawn } from 'node:child_process'

export interface Images {
  /** Tracker, provider and CLI. */
  readonly node: string
  readonly operator: string
}

export interface Cluster {
  /** For messages. */
  readonly name: string
  readonly kubeconfig: string
  readonly images: Images
  /** Folder with kubectl and helm; empty: those on PATH. */
  readonly toolFolder: string
  /** The lab's name, where this is a lab cluster: faults of nodes can be played only there. */
  readonly lab: string | undefined
}

export interface ToolOptions {
  readonly input?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export class ToolError extends Error {
  readonly stderr: string
  constructor(command: string, code: number | null, stderr: string) {
    super(`${command} ended with ${code}: ${stderr.slice(-2000)}`)
    this.stderr = stderr
  }
}

/** Runs a program; resolves to its standard output. Default time limit: 3 minutes. @throws {ToolError} exit status not 0 */
export function tool(command: string, args: readonly string[], env: NodeJS.ProcessEnv, options: ToolOptions = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'], ...(options.signal ? { signal: options.signal } : {}) })
  const out: string[] = []
  const err: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => out.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => err.push(chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 180_000)
  child.on('error', reject)
  child.on('close', (code) => {
    clearTimeout(timer)
    if (code === 0) resolve(out.join(''))
    else reject(new ToolError([command, ...args].join(' ').slice(0, 300), code, err.join('') || out.join('')))
  })
  // A program that ends before it has read its input is reported by its exit status.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  return promise
}

export function environment(cluster: Cluster): NodeJS.ProcessEnv {
  const path = cluster.toolFolder ? `${cluster.toolFolder}:${process.env['PATH'] ?? ''}` : process.env['PATH']
  return { ...process.env, KUBECONFIG: cluster.kubeconfig, PATH: path }
}

export const kubectl = (cluster: Cluster, args: readonly string[], options?: ToolOptions): Promise<string> =>
  tool('kubectl', args, environment(cluster), options)

export const helm = (cluster: Cluster, args: readonly string[], options?: ToolOptions): Promise<string> =>
  tool('helm', args, environment(cluster), options)

/** The objects of `kubectl get … -o json`; one object is a list of one. */
export async function objects<T>(cluster: Cluster, args: readonly string[]): Promise<T[]> {
  const answer = JSON.parse(await kubectl(cluster, ['get', ...args, '-o', 'json'])) as { items?: T[] } & T
  return answer.items ?? [answer]
}

/** Asks every second until the answer is not undefined. @throws {Error} after `limitMs`, with what it waited for */
export async function until<T>(what: string, limitMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + limitMs
  let last: Error | undefined
  for (;;) {
    last = undefined
    const answer = await ask().catch((error: unknown) => {
      last = error instanceof Error ? error : new Error(String(error))
      return undefined
    })
    if (answer !== undefined) return answer
    if (performance.now() > end)
      throw new Error(`waited ${limitMs / 1000} s for ${what}${last ? `; last: ${String(last)}` : ''}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}
