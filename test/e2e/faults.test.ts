import test from 'ava'
import { kubectl, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { inDapp, providerPods } from '../../hack/cluster/network.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'

const failing = (command: string): string => `${command} 2>&1 && echo "unexpected success" || echo "exit $?"`

test.serial('a wrong owner secret finds no object of another owner', async (t) => {
  const cluster = await sampleNetwork()
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
  await shell(
    'echo mine | lunarx put - faults/mine && rm -f /home/dapp/other && LUNARX_OWNER_FILE=/home/dapp/other lunarx key new > /dev/null',
  )
  t.regex(await shell(`export LUNARX_OWNER_FILE=/home/dapp/other; ${failing('lunarx get faults/mine -')}`), /NAME_NOT_FOUND[\s\S]*exit 3/)
  t.is(await shell('lunarx get faults/mine -'), 'mine\n')
})

/** Starts a put in the DApp pod that sends two segments and a part of the third, then waits for `…/go` before it sends the rest. */
const startPut = (cluster: Cluster, name: string): Promise<string> =>
  inDapp(
    cluster,
    NAMESPACE,
    `cd /home/dapp; rm -f go; head -c 96M /dev/urandom > ${name}
     (head -c 72M ${name}; until [ -e go ]; do sleep 0.2; done; tail -c +$((72 * 1024 * 1024 + 1)) ${name}) | lunarx put - faults/${name} &
     echo $! > put.pid; wait $!`,
  )

/** Files of shards, on all providers. */
const countShards = async (cluster: Cluster): Promise<number> => {
  const pods = await providerPods(cluster, NAMESPACE)
  const lists = await Promise.all(
    pods.map(({ metadata: { name } }) =>
      kubectl(cluster, ['exec', '-n', NAMESPACE, name, '--', 'find', '/data/files/shards', '-type', 'f']),
    ),
  )
  return lists.join('').split('\n').filter(Boolean).length
}

const untilStoring = (cluster: Cluster, before: number): Promise<true> =>
  until('shards of the put under way', 120_000, async () => ((await countShards(cluster)) > before ? true : undefined))

test.serial('a provider that goes away during a put: the put ends well, and the file reads back', async (t) => {
  const cluster = await sampleNetwork()
  const before = await countShards(cluster)
  const put = startPut(cluster, 'away')
  await untilStoring(cluster, before)
  const [pod] = await providerPods(cluster, NAMESPACE)
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', pod?.metadata.name ?? '', '--force', '--grace-period=0'])
  await inDapp(cluster, NAMESPACE, 'touch /home/dapp/go')
  await put
  t.is(
    await inDapp(cluster, NAMESPACE, 'lunarx get faults/away - | sha256sum'),
    await inDapp(cluster, NAMESPACE, 'sha256sum < /home/dapp/away'),
  )
})

test.serial('a client killed during a put leaves no name; the next put stores it', async (t) => {
  const cluster = await sampleNetwork()
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
  const before = await countShards(cluster)
  const put = startPut(cluster, 'killed')
  put.catch(() => undefined)
  await untilStoring(cluster, before)
  await shell('kill -9 $(cat /home/dapp/put.pid); touch /home/dapp/go')
  await t.throwsAsync(put)
  t.regex(await shell(failing('lunarx stat faults/killed')), /exit 3/)
  await shell('lunarx put /home/dapp/killed faults/killed')
  t.is(await shell('lunarx get faults/killed - | sha256sum'), await shell('sha256sum < /home/dapp/killed'))
})

test.serial('a tracker that is away: put and get go on with the others', async (t) => {
  const cluster = await sampleNetwork()
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
  await shell('head -c 9M /dev/urandom > /home/dapp/tracker')
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', 'tracker-0', '--force', '--grace-period=0'])
  await shell('lunarx put /home/dapp/tracker faults/tracker')
  t.is(await shell('lunarx get faults/tracker - | sha256sum'), await shell('sha256sum < /home/dapp/tracker'))
})

test.serial('a pool that names no network says so in its condition', async (t) => {
  const cluster = await sampleNetwork()
  const pool = 'apiVersion: lunarx.dev/v1alpha1\nkind: Provider\nmetadata: {name: orphan}\nspec: {network: nowhere, volume: {size: 1Gi}}\n'
  await kubectl(cluster, ['apply', '-n', NAMESPACE, '-f', '-'], { input: pool })
  const message = await until('Ready=False', 30_000, async () => {
    const found = await kubectl(cluster, [
      'get',
      '-n',
      NAMESPACE,
      'lprv/orphan',
      '-o',
      'jsonpath={.status.conditions[?(@.type=="Ready")].message}',
    ])
    return found.includes('nowhere') ? found : undefined
  })
  t.regex(message, /nowhere/)
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'lprv/orphan'])
})

test.serial('a pod whose service account is no client of the network is refused', async (t) => {
  const cluster = await sampleNetwork()
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
  const refused = await shell(
    `echo not-a-token > /home/dapp/token; export LUNARX_TOKEN_FILE=/home/dapp/token LUNARX_STATE_DIR=/home/dapp/stranger; ${failing('lunarx ls')}`,
  )
  t.regex(refused, /ENROLMENT_REFUSED/)
})
