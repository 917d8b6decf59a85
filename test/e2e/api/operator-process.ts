/**
 * The operator's own program, as a process on this machine that works for the API server of KUBECONFIG.
 *
 * @module
 */
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from '../../../hack/servers/ports.ts'
import { OPERATOR } from './operator.ts'

const FROM_SOURCES = ['--conditions=source', 'operator/main.ts'] as const
const COMMAND_OF_IMAGE = 'hack/images/lunarx-operator'
const BUNDLES = 'operator/dist/bundle'

/** What Node.js is given in the image of the operator: the flags of its command, and the program in few files, made here as there. */
export async function programOfImage(): Promise<string[]> {
  const [, flags] = /^exec node (.*)\/app\/bundle\/operator\.mjs "\$@"$/m.exec(readFileSync(COMMAND_OF_IMAGE, 'utf8')) ?? []
  if (flags === undefined) throw new Error(`${COMMAND_OF_IMAGE} does not start the program as it did`)
  const run = promisify(execFile)
  await run('tsc', ['--build', 'tsconfig.build.json'])
  await run(process.execPath, ['hack/images/bundle.ts', BUNDLES, 'operator/dist/main.js', 'operator/dist/plugin/main.js'])
  return [...flags.split(' ').filter((flag) => flag !== ''), `${BUNDLES}/operator.mjs`]
}

/** @param namespace that it works for, and keeps its Secrets in */
export async function startProcess(
  t: { teardown(clean: () => unknown): void },
  namespace: string,
  { identity = 'process-test', program = FROM_SOURCES }: { readonly identity?: string; readonly program?: readonly string[] } = {},
) {
  const healthPort = await freePort()
  const flags = ['--node-image', 'localhost/lunarx-node:none', '--namespace', namespace, '--operator-service', OPERATOR, '--leader-elect']
  const ports = ['--health-port', String(healthPort), '--issuer-port', '0']
  const env = { ...process.env, POD_NAMESPACE: namespace, POD_NAME: identity }
  const child = spawn(process.execPath, [...program, ...flags, ...ports], {
    env,
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
