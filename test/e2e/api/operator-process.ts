/**
 * The operator's own program, as a process on this machine that works for the API server of KUBECONFIG.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { freePort } from '../../../hack/servers/ports.ts'
import { OPERATOR } from './operator.ts'

/** @param namespace that it works for, and keeps its Secrets in */
export async function startProcess(t: { teardown(clean: () => unknown): void }, namespace: string, identity = 'process-test') {
  const healthPort = await freePort()
  const flags = ['--node-image', 'localhost/lunarx-node:none', '--namespace', namespace, '--operator-service', OPERATOR, '--leader-elect']
  const ports = ['--health-port', String(healthPort), '--issuer-port', '0']
  const env = { ...process.env, POD_NAMESPACE: namespace, POD_NAME: identity }
  const child = spawn(process.execPath, ['--conditions=source', 'operator/main.ts', ...flags, ...ports], {
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
