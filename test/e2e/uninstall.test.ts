import test from 'ava'
import { helm, kubectl, objects } from '../../hack/cluster/cluster.ts'
import { inDapp, SYSTEM, waitFor } from '../../hack/cluster/network.ts'
import { installThisTree, NAMESPACE, sampleNetwork } from './network.ts'

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string }
}

test.serial('helm uninstall leaves CRDs, networks, pods and volumes; data is read meanwhile; installed again, all goes on', async (t) => {
  const cluster = await sampleNetwork()
  await inDapp(cluster, NAMESPACE, 'echo kept | lunarx put - uninstall/note')
  const uids = async (kind: string, ...args: readonly string[]): Promise<string[]> =>
    (await objects<Named>(cluster, [kind, ...args])).map(({ metadata }) => `${metadata.name} ${metadata.uid}`)
  const pods = ['-n', NAMESPACE, '-l', 'app.kubernetes.io/part-of=lunarx']
  const all = async () => [
    ...(await uids('crd', '-l', 'app.kubernetes.io/part-of=lunarx')),
    ...(await uids('lnet,ltrk,lprv', '-n', NAMESPACE)),
    ...(await uids('pods', ...pods)),
    ...(await uids('pvc', ...pods)),
    ...(await uids('secrets', '-n', SYSTEM)).filter((line) => line.includes('lunar-key')),
  ]
  const before = await all()
  t.true(before.length > 3 + 4 + 11 + 11)
  try {
    await helm(cluster, ['uninstall', 'lunarx', '-n', SYSTEM, '--wait', '--timeout', '2m'])
    t.is((await kubectl(cluster, ['get', 'deployments', '-n', SYSTEM, '-o', 'name'])).trim(), '')
    t.deepEqual(await all(), before)
    t.is(await inDapp(cluster, NAMESPACE, 'lunarx get uninstall/note -'), 'kept\n')
  } finally {
    await installThisTree(cluster)
  }
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  t.deepEqual(await all(), before)
  t.is(await inDapp(cluster, NAMESPACE, 'lunarx get uninstall/note -'), 'kept\n')
})
