/**
 * Peers that the network puts out: no one answers them any more, and no pod is restarted for it. Waits for kubelets to bring a ConfigMap.
 */
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { inDapp, startDapp, waitFor } from '../../hack/cluster/network.ts'
import { NAMESPACE, patchNetwork, sampleNetwork } from './network.ts'

const OTHER_DAPP = 'dapp-other'
const VICTIM = 'pool-b-3'
/** A kubelet looks at a ConfigMap each minute, and a pod at its files each five seconds. */
const BROUGHT_MS = 180_000

interface Pod {
  readonly metadata: { readonly uid: string }
}
interface Pool {
  readonly status?: { readonly members?: readonly { readonly name: string; readonly peer: string }[] }
}

const uids = async (cluster: Cluster): Promise<string[]> =>
  (await objects<Pod>(cluster, ['pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/part-of=lunarx']))
    .map(({ metadata: { uid } }) => uid)
    .sort()

const revoke = (cluster: Cluster, peers: readonly string[]): Promise<string> =>
  patchNetwork(cluster, { revoked: peers.map((peer) => ({ peer, reason: 'a test' })) })

/** Whether the provider sends heartbeats that count. */
async function stateOf(cluster: Cluster, peer: string): Promise<string | undefined> {
  const { providers } = JSON.parse(await inDapp(cluster, NAMESPACE, 'LUNARX_STATE_DIR=/home/dapp/another lunarx status --json')) as {
    readonly providers: readonly { readonly peer: string; readonly state: string }[]
  }
  return providers.find((provider) => provider.peer === peer)?.state
}

const inFull = process.env['LUNARX_REVOKE'] === undefined ? test.serial.skip : test.serial

inFull('peers are put out and taken back (with --full, or LUNARX_REVOKE=1): refused by all, and no pod is restarted', async (t) => {
  const cluster = await sampleNetwork()
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  t.teardown(() => revoke(cluster, []))
  await inDapp(cluster, NAMESPACE, 'head -c 1M /dev/urandom > /home/dapp/revoked; lunarx put /home/dapp/revoked revoked/file')
  const sum = await inDapp(cluster, NAMESPACE, 'sha256sum < /home/dapp/revoked')
  const client = (await inDapp(cluster, NAMESPACE, String.raw`grep -aoh '12D3KooW\w\{44\}' ~/.lunarx/*/files/credential`)).trim()
  const pools = await objects<Pool>(cluster, ['-n', NAMESPACE, 'lprv'])
  const provider = pools.flatMap(({ status }) => status?.members ?? []).find(({ name }) => name === VICTIM)?.peer ?? ''
  for (const peer of [client, provider]) t.regex(peer, /^12D3KooW\w{44}$/)
  const before = await uids(cluster)

  await revoke(cluster, [client, provider])
  const get = 'lunarx get revoked/file - | sha256sum'
  await until('the DApp to be refused', BROUGHT_MS, async () => {
    const said = await inDapp(cluster, NAMESPACE, `(${get}) 2>&1 || true`)
    return said.includes('CREDENTIAL_REVOKED') ? true : undefined
  })
  await until('the provider to be suspect', BROUGHT_MS, async () => ((await stateOf(cluster, provider)) === 'alive' ? undefined : true))
  t.is(await inDapp(cluster, NAMESPACE, `LUNARX_STATE_DIR=/home/dapp/another ${get}`), sum, 'with a key of its own it is another peer')
  await startDapp(cluster, NAMESPACE, { pod: OTHER_DAPP })
  t.teardown(() => kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', OTHER_DAPP, '--now', '--ignore-not-found']))
  t.is(await kubectl(cluster, ['exec', '-n', NAMESPACE, OTHER_DAPP, '--', 'sh', '-ec', get]), sum)
  const enrolled = await inDapp(cluster, NAMESPACE, `rm ~/.lunarx/*/files/credential; (${get}) 2>&1 || true`)
  t.regex(enrolled, /ENROLMENT_REFUSED[^]*a test/)

  await revoke(cluster, [])
  await until('the DApp to be let in again', BROUGHT_MS, async () =>
    (await inDapp(cluster, NAMESPACE, `(${get}) 2>/dev/null || true`)) === sum ? true : undefined,
  )
  await waitFor(cluster, NAMESPACE, 'Healthy', 600)
  t.deepEqual(await uids(cluster), before)
})
