/**
 * The restore drill: of a network only its volumes are left, and a file that `kubectl lunarx backup` made before; of an owner the words.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { environment, kubectl, objects, tool, until } from '../../hack/cluster/cluster.ts'
import { conditionOf, inDapp, NETWORK, readNetwork, SYSTEM, waitFor } from '../../hack/cluster/network.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'

const KEY = `${NAMESPACE}.${NETWORK}-key`

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string }
}

test.serial('restore drill: without its resources and its key a network waits; with its backup everything is read again', async (t) => {
  const cluster = await sampleNetwork()
  const shell = (script: string, owner: string): Promise<string> =>
    inDapp(cluster, NAMESPACE, `export LUNARX_OWNER_FILE=/tmp/drill-${owner}; ${script}`)
  const words = await shell('lunarx key new', 'lost')
  t.is(words.trim().split(/\s+/).length, 24)
  const sum = (
    await shell('head -c 8M /dev/urandom > /tmp/drill; sha256sum < /tmp/drill; lunarx put /tmp/drill drill/file >&2', 'lost')
  ).trim()
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  const claims = async () =>
    (await objects<Named>(cluster, ['pvc', '-n', NAMESPACE])).map(({ metadata: { name, uid } }) => `${name} ${uid}`).sort()
  const before = await claims()

  const folder = mkdtempSync(join(tmpdir(), 'lunarx-drill-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'backup.yaml')
  await tool(process.execPath, ['--conditions=source', 'operator/plugin/main.ts', 'backup', file, '-n', NAMESPACE], environment(cluster))
  const resources = readFileSync(file, 'utf8')
    .split(/^---\n/m)
    .slice(1)
    .join('---\n')

  await shell('rm "$LUNARX_OWNER_FILE" /tmp/drill', 'lost')
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'lnet', NETWORK, '--timeout=120s'])
  await kubectl(cluster, ['delete', '-n', SYSTEM, 'secret', KEY])
  await until('no pod of the network', 120_000, async () => {
    const pods = await objects<Named>(cluster, ['pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/part-of=lunarx'])
    return pods.length === 0 ? true : undefined
  })
  t.deepEqual(await claims(), before)

  await kubectl(cluster, ['apply', '-f', '-'], { input: resources })
  const refusal = await until('the network to say what it misses', 60_000, async () => {
    const ready = conditionOf(await readNetwork(cluster, NAMESPACE), 'Ready')
    return ready?.reason === 'KeyMissing' ? ready.message : undefined
  })
  t.regex(refusal, /restore it from a backup/)

  await kubectl(cluster, ['apply', '-f', file])
  await waitFor(cluster, NAMESPACE, 'Ready', 180)
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  t.deepEqual(await claims(), before)
  await shell(`echo '${words.trim()}' | lunarx key restore >&2`, 'found')
  t.is((await shell('lunarx get drill/file - | sha256sum', 'found')).trim(), sum)
})
