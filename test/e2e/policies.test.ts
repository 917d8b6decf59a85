import { readFileSync } from 'node:fs'
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, SYSTEM } from '../../hack/cluster/network.ts'
import { connectFrom } from './connect-from.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'

const ELSEWHERE = 'elsewhere'

interface Pod {
  readonly metadata: { readonly name: string }
  readonly status: { readonly podIP?: string }
}

const addressOf = async (cluster: Cluster, namespace: string, labels: string): Promise<string> => {
  const [pod] = await objects<Pod>(cluster, ['-n', namespace, 'pods', '-l', labels])
  if (!pod?.status.podIP) throw new Error(`no pod with ${labels}`)
  return pod.status.podIP
}

async function startElsewhere(cluster: Cluster): Promise<void> {
  await kubectl(cluster, ['create', 'namespace', ELSEWHERE])
  await kubectl(cluster, ['create', 'serviceaccount', DAPP, '-n', ELSEWHERE])
  const dapp = readFileSync('config/samples/dapp.yaml', 'utf8')
  const manifest = dapp
    .replace(/image: \S*lunarx-node\S*/, `image: ${cluster.images.node}`)
    .replace('secret: { secretName: dapp-owner, defaultMode: 256 }', 'emptyDir: {}')
    .replace('configMap: { name: lunar-client }', 'emptyDir: {}')
  await kubectl(cluster, ['apply', '-n', ELSEWHERE, '-f', '-'], { input: manifest })
  await kubectl(cluster, ['wait', '-n', ELSEWHERE, `pod/${DAPP}`, '--for=condition=Ready', '--timeout=120s'])
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
  // out of a pod of ours: to peers and the issuer, and nowhere else
  const [pod] = await objects<Pod>(cluster, ['-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/component=provider'])
  const out = await connectFrom(cluster, NAMESPACE, pod?.metadata.name ?? '', [
    `${tracker}:4002`,
    `${operator}:8443`,
    `${tracker}:4443`,
    `${operator}:8080`,
  ])
  t.deepEqual(Object.values(out), ['open', 'open', 'closed', 'closed'])
})
