/**
 * Runs a command in a pod by `kubectl exec`: with the rights, the proxy and the login of whoever calls. What comes back is bounded, in bytes and in
 * time, for nobody knows what runs there.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { execFile } from 'node:child_process'

export interface ExecTarget {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly command: readonly string[]
}

export interface ExecLimits {
  /** Of standard output, and of standard error. */
  readonly maxBytes: number
  readonly timeoutMs: number
}

/**
 * Resolves with standard output.
 * @throws {LunarError} BAD_CONFIG: there is no kubectl; TIMEOUT; BAD_MESSAGE: more than the limit; PEER_UNREACHABLE: it may not be run, or failed
 */
export type ExecInPod = (target: ExecTarget, limits: ExecLimits) => Promise<string>

/** As much of what a failed command said as is told. */
const REASON_CHARACTERS = 300

/** The first line, without what would move the cursor of a terminal: it may come from a pod that lies. Pure. */
export function reasonIn(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replaceAll(/\p{Cc}/gu, '').trim())
  return (lines.find((line) => line !== '') ?? 'it said nothing').slice(0, REASON_CHARACTERS)
}

function failureOf(error: Error, stderr: string, { pod }: ExecTarget, { maxBytes, timeoutMs }: ExecLimits): LunarError {
  const { code, killed } = error as Error & { readonly code?: string | number; readonly killed?: boolean }
  if (code === 'ENOENT') return new LunarError('BAD_CONFIG', 'there is no kubectl on the PATH, by which pods are asked', { cause: error })
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return new LunarError('BAD_MESSAGE', `${pod} says more than ${maxBytes} bytes`, { cause: error })
  if (killed === true) return new LunarError('TIMEOUT', `${pod} did not answer within ${timeoutMs / 1_000} s`, { cause: error })
  return new LunarError('PEER_UNREACHABLE', reasonIn(stderr), { cause: error, detail: { pod } })
}

/** @param shared flags of kubectl that say which cluster, and as whom */
export const execByKubectl =
  (shared: readonly string[], program = 'kubectl'): ExecInPod =>
  (target, limits) => {
    const { namespace, pod, container, command } = target
    const args = [...shared, 'exec', '-n', namespace, pod, '-c', container, '--', ...command]
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const options = { maxBuffer: limits.maxBytes, timeout: limits.timeoutMs, killSignal: 'SIGKILL', encoding: 'utf8' } as const
    execFile(program, args, options, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(failureOf(error, stderr, target, limits)),
    )
    return promise
  }
