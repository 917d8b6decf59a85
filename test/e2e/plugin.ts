/**
 * `kubectl lunarx` as somebody at a terminal runs it: by kubectl, which finds `kubectl-lunarx` on PATH.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { environment, type Cluster } from '../../hack/cluster/cluster.ts'

export interface Said {
  readonly exit: number
  readonly out: string
  readonly err: string
}

export interface LunarxPlugin extends Disposable {
  say(...args: readonly string[]): Promise<Said>
  /** What kubectl offers for the words after `kubectl lunarx`, the last of which is being typed. */
  complete(...words: readonly string[]): Promise<string[]>
  /** With `-o json`, what is printed. @throws {Error} it printed no JSON; what it said instead */
  json<T>(...args: readonly string[]): Promise<T>
}

const PLUGIN = resolve('operator/plugin/main.ts')
const COMMAND_MS = 60_000

/** @param namespace of the network */
export function lunarxPlugin(cluster: Cluster, namespace: string): LunarxPlugin {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-plugin-'))
  const script = `#!/bin/sh\nexec ${process.execPath} --conditions=source --disable-warning=ExperimentalWarning ${PLUGIN} "$@"\n`
  writeFileSync(join(folder, 'kubectl-lunarx'), script, { mode: 0o755 })
  const inherited = environment(cluster)
  const env = { ...inherited, PATH: `${folder}:${inherited['PATH'] ?? ''}` }
  const run = async (args: readonly string[]): Promise<Said> => {
    const { promise, resolve: end, reject } = Promise.withResolvers<Said>()
    const child = spawn('kubectl', args, { env, cwd: folder, timeout: COMMAND_MS, killSignal: 'SIGKILL' })
    const [out, err]: [string[], string[]] = [[], []]
    child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
    child.on('error', reject)
    child.on('close', (exit) => end({ exit: exit ?? -1, out: out.join(''), err: err.join('') }))
    return await promise
  }
  const say = (...args: readonly string[]): Promise<Said> => run(['lunarx', ...args, '-n', namespace])
  return {
    say,
    async complete(...words) {
      const { out: script } = await say('completion')
      writeFileSync(join(folder, 'kubectl_complete-lunarx'), script, { mode: 0o755 })
      const { out } = await run(['__complete', 'lunarx', ...words])
      return out.split('\n').filter((line) => line !== '' && !line.startsWith(':'))
    },
    async json<T>(...args: readonly string[]) {
      const { out, err } = await say(...args, '-o', 'json')
      try {
        return JSON.parse(out) as T
      } catch (cause) {
        throw new Error(`kubectl lunarx ${args.join(' ')} printed no JSON: ${out}${err}`, { cause })
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
