/**
 * A port of a pod on this machine, past NetworkPolicies: through the API server and the kubelet.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { environment, type Cluster } from '../../hack/cluster/cluster.ts'

export interface ForwardedPort extends Disposable {
  /** On 127.0.0.1. */
  readonly port: number
}

/** Until it is disposed of. @throws {Error} kubectl ended; what it said */
export async function forwardPort(cluster: Cluster, namespace: string, pod: string, port: number): Promise<ForwardedPort> {
  const child = spawn('kubectl', ['port-forward', '-n', namespace, `pod/${pod}`, `:${port}`], { env: environment(cluster) })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const [, own] = /127\.0\.0\.1:(\d+) ->/.exec(text) ?? []
    if (own !== undefined) resolve(Number(own))
  })
  child.on('error', reject)
  child.on('close', () => reject(new Error(`kubectl port-forward ended: ${said.join('')}`)))
  return { port: await promise, [Symbol.dispose]: () => void child.kill() }
}
