/**
 * Whom a pod reaches: what NetworkPolicies let through, and what they do not.
 *
 * @module
 */
import { kubectl, type Cluster } from '../../hack/cluster/cluster.ts'

/**
 * From inside a pod: each target as "open" or "closed". What a policy drops is not answered at all, hence the time limit.
 *
 * @param targets `ADDRESS:PORT`
 */
export async function connectFrom(
  cluster: Cluster,
  namespace: string,
  pod: string,
  targets: readonly string[],
): Promise<Record<string, string>> {
  const script = `
    const { connect } = require('node:net')
    const ask = (target) => new Promise((resolve) => {
      const [host, port] = target.split(':')
      const socket = connect({ host, port: Number(port), timeout: 3000 })
      const end = (state) => { socket.destroy(); resolve([target, state]) }
      socket.on('connect', () => end('open')).on('timeout', () => end('closed')).on('error', (error) => end(error.code))
    })
    Promise.all(process.argv.slice(1).map(ask)).then((all) => console.log(JSON.stringify(Object.fromEntries(all))))`
  return JSON.parse(await kubectl(cluster, ['exec', '-n', namespace, pod, '--', 'node', '-e', script, '--', ...targets])) as Record<
    string,
    string
  >
}
