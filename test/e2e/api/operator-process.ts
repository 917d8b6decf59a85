/**
 * The operator's own program, as a process on this machine that works for the API server of KUBECONFIG.
 *
 * @module
 */
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { freePort } from '../../../hack/servers/ports.ts'
import { OPERATOR } from './operator.ts'

const FROM_SOURCES = [process.execPath, '--conditions=source', 'operator/main.ts'] as const
const COMMAND_OF_IMAGE = 'hack/images/lunarx-operator'
const BUNDLES = 'operator/dist/bundle'

/** The command of the operator's image, and its program in few files, made here as there. */
export async function commandOfImage(): Promise<string[]> {
  const run = promisify(execFile)
  await run('tsc', ['--build', 'tsconfig.build.json'])
  await run(process.execPath, ['hack/images/bundle.ts', BUNDLES, 'operator/dist/main.js', 'operator/dist/plugin/main.js'])
  return ['sh', '-c', readFileSync(COMMAND_OF_IMAGE, 'utf8').replace('/app/bundle/', `${BUNDLES}/`), COMMAND_OF_IMAGE]
}

/** What Node.js makes of the memory that the chart's pod may have: V8's heap is half of it. */
export function memoryOfPod(): Record<string, string> {
  const values = parse(readFileSync('charts/lunarx-operator/values.yaml', 'utf8')) as {
    readonly resources: { readonly limits: { readonly memory: string } }
  }
  const [, mebibytes] = /^(\d+)Mi$/.exec(values.resources.limits.memory) ?? []
  if (mebibytes === undefined) throw new Error(`${values.resources.limits.memory} is not so many Mi`)
  return { NODE_OPTIONS: `--max-old-space-size=${Math.floor(Number(mebibytes) / 2)}` }
}

interface ProcessOptions {
  readonly identity?: string
  /** And its first arguments. */
  readonly command?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** @param namespace that it works for, and keeps its Secrets in */
export async function startProcess(
  t: { teardown(clean: () => unknown): void },
  namespace: string,
  { identity = 'process-test', command = FROM_SOURCES, env = {} }: ProcessOptions = {},
) {
  const healthPort = await freePort()
  const flags = ['--node-image', 'localhost/lunarx-node:none', '--namespace', namespace, '--operator-service', OPERATOR, '--leader-elect']
  const ports = ['--health-port', String(healthPort), '--issuer-port', '0']
  const environment = { ...process.env, ...env, POD_NAMESPACE: namespace, POD_NAME: identity }
  const [file = '', ...first] = command
  const child = spawn(file, [...first, ...flags, ...ports], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const ask = async (path: string): Promise<readonly [status: number, text: string]> => {
    const response = await fetch(`http://127.0.0.1:${healthPort}${path}`)
    return [response.status, await response.text()]
  }
  return { child, ask, said }
}

/** Of a series in the text of Prometheus, as it is written there; undefined: it is not there. */
export const valueOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
