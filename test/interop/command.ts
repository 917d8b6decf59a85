/**
 * Runs somebody else's program to its end: bytes in, bytes out.
 *
 * @module
 */
import { spawn } from 'node:child_process'

/** A program that hangs is killed after this; set-up downloads packages. */
const LIMIT_MS = 240_000

export interface CommandResult {
  /** -1 when killed by a signal. */
  readonly status: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface CommandOptions {
  readonly input?: Uint8Array | string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Leaves standard input open until the program ends by itself or is told so by {@link CommandOptions.endWhen}. */
  readonly endWhen?: (stdout: Buffer) => boolean
}

/** @throws {Error} the program is not on this machine; `needed` says what for */
export function command(program: string, args: readonly string[], needed: string, options: CommandOptions = {}): Promise<CommandResult> {
  const { input = '', cwd, env = {}, endWhen } = options
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>()
  const child = spawn(program, args, { ...(cwd === undefined ? {} : { cwd }), env: { ...process.env, ...env }, timeout: LIMIT_MS })
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk)
    if (endWhen?.(Buffer.concat(stdout))) child.stdin.end()
  })
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.on('error', (cause: NodeJS.ErrnoException) =>
    reject(cause.code === 'ENOENT' ? new Error(`${program} is not on this machine; it is needed ${needed}`, { cause }) : cause),
  )
  child.on('close', (status) => resolve({ status: status ?? -1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }))
  // a program that refuses may have stopped reading
  child.stdin.on('error', () => undefined)
  if (endWhen) child.stdin.write(input)
  else child.stdin.end(input)
  return promise
}

/** The same, for a program that must succeed. @throws {Error} with what it said */
export async function mustRun(program: string, args: readonly string[], needed: string, options: CommandOptions = {}): Promise<Buffer> {
  const { status, stdout, stderr } = await command(program, args, needed, options)
  if (status !== 0) {
    const said = (stderr.trim() || stdout.toString()).slice(-2_000)
    throw new Error(`${program} ${args.join(' ')} ended with ${status}; it is needed ${needed}\n${said}`)
  }
  return stdout
}
