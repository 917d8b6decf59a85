/**
 * Where pods of a cluster reach servers on this machine: the address from which this machine speaks to the API server.
 *
 * @module
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { kubectl, type Cluster } from './cluster.ts'

/** Nothing is sent: the system is only asked which way it would take. */
export async function ownAddress(cluster: Cluster): Promise<string> {
  const server = await kubectl(cluster, ['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'])
  const { hostname, port } = new URL(server)
  const socket = createSocket('udp4')
  try {
    socket.connect(Number(port) || 443, hostname)
    await once(socket, 'connect')
    return socket.address().address
  } finally {
    socket.close()
  }
}
