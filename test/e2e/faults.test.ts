import test from 'ava'
import { kubectl, until } from '../../hack/cluster/cluster.ts'
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

test.serial('a provider that goes away during a put: the put ends well, and the file reads back', async (t) => {
  const cluster = await sampleNetwork()
  await inDapp(cluster, NAMESPACE, 'head -c 192M /dev/urandom > /home/dapp/away')
  const put = inDapp(cluster, NAMESPACE, 'lunarx put /home/dapp/away faults/away')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const [pod] = await providerPods(cluster, NAMESPACE)
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', pod?.metadata.name ?? '', '--force', '--grace-period=0'])
  await put
  t.is(
    await inDapp(cluster, NAMESPACE, 'lunarx get faults/away - | sha256sum'),
    await inDapp(cluster, NAMESPACE, 'sha256sum < /home/dapp/away'),
  )
})

test.serial('a client killed during a put leaves no name; the next put stores it', async (t) => {
  const cluster = await sampleNetwork()
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
  await shell(
    'head -c 192M /dev/urandom > /home/dapp/killed; lunarx put /home/dapp/killed faults/killed & sleep 2; kill -9 $!; wait || true',
  )
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
