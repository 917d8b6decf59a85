import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, SYSTEM } from '../../hack/cluster/network.ts'
import { ownAddress } from '../../hack/cluster/own-address.ts'
import { connectFrom } from './connect-from.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'

const ELSEWHERE = 'elsewhere'
/** Of the data channel. Who is no peer listens there too: it is not to be reached by its port. */
const PEER_PORT = 4002

interface Pod {
  readonly metadata: { readonly name: string }
  readonly status: { readonly podIP?: string }
}

const addressOf = async (cluster: Cluster, namespace: string, labels: string): Promise<string> => {
  const [pod] = await objects<Pod>(cluster, ['-n', namespace, 'pods', '-l', labels])
  if (!pod?.status.podIP) throw new Error(`no pod with ${labels}`)
  return pod.status.podIP
}

/** A pod of no network. */
async function startElsewhere(cluster: Cluster): Promise<void> {
  await kubectl(cluster, ['create', 'namespace', ELSEWHERE])
  await kubectl(cluster, ['create', 'serviceaccount', DAPP, '-n', ELSEWHERE])
  const dapp = readFileSync('config/samples/dapp.yaml', 'utf8')
  const manifest = dapp
    .replace(/image: \S*lunarx-node\S*/, `image: ${cluster.images.node}`)
    .replace('[sleep, infinity]', `[node, -e, "require('node:net').createServer().listen(${PEER_PORT})"]`)
    .replace('secret: { secretName: dapp-owner, defaultMode: 256 }', 'emptyDir: {}')
    .replace('configMap: { name: lunar-client }', 'emptyDir: {}')
  await kubectl(cluster, ['apply', '-n', ELSEWHERE, '-f', '-'], { input: manifest })
  await kubectl(cluster, ['wait', '-n', ELSEWHERE, `pod/${DAPP}`, '--for=condition=Ready', '--timeout=120s'])
}

/** On the machine of this test, outside of the cluster. */
async function listenOutside(host: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(PEER_PORT, host)
  await once(server, 'listening')
  return server
}

interface EndpointSlice {
  readonly endpoints: readonly { readonly addresses: readonly string[] }[]
  readonly ports: readonly { readonly port: number }[]
}

/** By its Service, and past it. `ADDRESS:PORT` */
async function apiServer(cluster: Cluster): Promise<string[]> {
  const service = await kubectl(cluster, ['get', '-n', 'default', 'service/kubernetes', '-o', 'jsonpath={.spec.clusterIP}'])
  const slices = await objects<EndpointSlice>(cluster, ['-n', 'default', 'endpointslices', '-l', 'kubernetes.io/service-name=kubernetes'])
  const behind = slices.flatMap(({ endpoints, ports }) =>
    endpoints.flatMap(({ addresses }) => addresses.flatMap((address) => ports.map(({ port }) => `${address}:${port}`))),
  )
  return [`${service}:443`, ...behind]
}

test.serial('network policies hold: what is needed is open, all else is closed', async (t) => {
  const cluster = await sampleNetwork()
  t.teardown(() => kubectl(cluster, ['delete', 'namespace', ELSEWHERE, '--ignore-not-found', '--wait=false']))
  await startElsewhere(cluster)
  const provider = await addressOf(cluster, NAMESPACE, 'app.kubernetes.io/component=provider')
  const tracker = await addressOf(cluster, NAMESPACE, 'app.kubernetes.io/component=tracker')
  const operator = await addressOf(cluster, SYSTEM, 'app.kubernetes.io/name=lunarx-operator')
  const expect = async (from: string, wanted: Readonly<Record<string, string>>): Promise<void> => {
    const seen = await until(`${from}: ${JSON.stringify(wanted)}`, 30_000, async () => {
      const answer = await connectFrom(cluster, from, DAPP, Object.keys(wanted))
      return JSON.stringify(answer) === JSON.stringify(wanted) ? answer : Promise.reject(new Error(JSON.stringify(answer)))
    })
    t.deepEqual(seen, wanted)
  }
  await expect(NAMESPACE, {
    [`${provider}:4001`]: 'open',
    [`${provider}:4002`]: 'open',
    [`${provider}:8080`]: 'closed',
    [`${tracker}:4443`]: 'open',
    [`${tracker}:8080`]: 'closed',
    [`${operator}:8443`]: 'open',
    [`${operator}:8080`]: 'closed',
  })
  await expect(ELSEWHERE, {
    [`${provider}:4001`]: 'closed',
    [`${provider}:4002`]: 'closed',
    [`${provider}:8080`]: 'closed',
    [`${tracker}:4002`]: 'closed',
    [`${tracker}:4443`]: 'closed',
    [`${tracker}:8080`]: 'closed',
    [`${operator}:8443`]: 'open',
    [`${operator}:8080`]: 'closed',
  })
  // out of pods of ours: to peers and the issuer, and nowhere else
  await using outside = await listenOutside(await ownAddress(cluster))
  const { address } = outside.address() as AddressInfo
  const stranger = await addressOf(cluster, ELSEWHERE, `app.kubernetes.io/name=${DAPP}`)
  const strangers = [...(await apiServer(cluster)), `${stranger}:${PEER_PORT}`, `${address}:${PEER_PORT}`]
  const all = (targets: readonly string[], state: string): Record<string, string> =>
    Object.fromEntries(targets.map((target) => [target, state]))
  await expect(NAMESPACE, all(strangers, 'open'))
  for (const component of ['provider', 'tracker']) {
    // not the one that is a target: no policy is between a pod and itself
    const pod = (await objects<Pod>(cluster, ['-n', NAMESPACE, 'pods', '-l', `app.kubernetes.io/component=${component}`])).at(-1)
    const needed = [`${provider}:4001`, `${tracker}:4002`, `${operator}:8443`]
    const closed = [`${tracker}:4443`, `${operator}:8080`, ...strangers]
    const seen = await connectFrom(cluster, NAMESPACE, pod?.metadata.name ?? '', [...needed, ...closed])
    t.deepEqual(seen, { ...all(needed, 'open'), ...all(closed, 'closed') }, component)
  }
})
