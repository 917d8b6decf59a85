/**
 * The volume of a provider is filled up to its last byte, on a file system of a real size: what is stored is read, what is new is refused;
 * a larger volume, given by one field of the spec, takes it.
 */
import test from 'ava'
import { kubectl, until } from '../../hack/cluster/cluster.ts'
import { inDapp, startDapp, waitFor } from '../../hack/cluster/network.ts'
import { testCluster } from './cluster.ts'
import { installThisTree, SIZED } from './network.ts'

const NAMESPACE = 'full-volume'
const POOL = 'pool'
const FULL = `${POOL}-0`

const LUNAR = 'lunarx.dev/v1alpha1'
const manifest = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'dapp', namespace: NAMESPACE } },
  {
    apiVersion: LUNAR,
    kind: 'LunarNetwork',
    metadata: { name: 'lunar', namespace: NAMESPACE },
    // a set needs a place on each of the three
    spec: {
      classes: [{ name: 'standard', required: 2, parity: 1, survive: 1 }],
      defaultClass: 'standard',
      clients: [{ serviceAccount: 'dapp' }],
    },
  },
  {
    apiVersion: LUNAR,
    kind: 'Tracker',
    metadata: { name: 'tracker', namespace: NAMESPACE },
    spec: { network: 'lunar', replicas: 3, volume: { size: '256Mi' } },
  },
  {
    apiVersion: LUNAR,
    kind: 'Provider',
    metadata: { name: POOL, namespace: NAMESPACE },
    spec: { network: 'lunar', replicas: 3, volume: { size: '256Mi', storageClassName: SIZED } },
  },
]

const inFull = process.env['LUNARX_FULL_VOLUME'] === undefined || testCluster().lab === undefined ? test.serial.skip : test.serial

inFull(
  'a full volume (with --full, or LUNARX_FULL_VOLUME=1): puts are refused, data is read; the volume grows, and all goes on',
  async (t) => {
    const cluster = testCluster()
    await installThisTree(cluster)
    t.teardown(() => kubectl(cluster, ['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s']))
    await kubectl(cluster, ['apply', '-f', '-'], { input: manifest.map((object) => JSON.stringify(object)).join('\n---\n') })
    await waitFor(cluster, NAMESPACE, 'Ready', 300)
    await startDapp(cluster, NAMESPACE)
    const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
    const inPod = (script: string): Promise<string> => kubectl(cluster, ['exec', '-n', NAMESPACE, FULL, '--', 'sh', '-ec', script])
    const sum = await until('a put', 120_000, () =>
      shell('head -c 16M /dev/urandom > /home/dapp/kept; lunarx put /home/dapp/kept kept >&2; sha256sum < /home/dapp/kept'),
    )
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)

    t.regex(await inPod('head -c 10G /dev/zero 2>&1 > /data/filler || true; df -m /data | tail -1'), /100% \/data/)
    const put = 'lunarx put /home/dapp/kept more 2>&1 && echo stored || echo refused'
    t.regex(
      await until('a refusal', 120_000, async () => {
        const said = await shell(put)
        return said.endsWith('refused\n') ? said : undefined
      }),
      /NO_ROOM|FULL/,
    )
    t.is(await shell('lunarx get kept - | sha256sum'), sum)

    await kubectl(cluster, ['patch', '-n', NAMESPACE, `lprv/${POOL}`, '--type=merge', '-p', '{"spec":{"volume":{"size":"512Mi"}}}'])
    await until('what was refused to be taken', 300_000, async () => ((await shell(put)).endsWith('stored\n') ? true : undefined))
    t.is(await shell('lunarx get more - | sha256sum'), sum)
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  },
)
