/**
 * `kubectl lunarx`, run by kubectl on the sample network: what it says is so, what it is told to do is done. Draining and giving up a
 * provider take minutes: in the full run only.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { hashShards, inDapp, providerPods, SYSTEM, waitFor } from '../../hack/cluster/network.ts'
import { testCluster } from './cluster.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { lab, nodesOfProviders } from './nodes.ts'
import { lunarxPlugin } from './plugin.ts'
import { secretsFoundIn, secretsIn } from './secrets.ts'

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string }
}
interface Status {
  readonly verdict: string
  readonly doing: readonly string[]
  readonly setsLost: number
}

test.serial('kubectl lunarx status, verify, audit and report say how the network is; the report has no secret', async (t) => {
  const cluster = await sampleNetwork()
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  using lunarx = lunarxPlugin(cluster, NAMESPACE)
  const page = await lunarx.say('status')
  t.is(page.exit, 0, page.err)
  t.regex(page.out, /^HEALTHY: [^]*Network lunar in namespace e2e[^]*tracker +Tracker +3\/3 +Well/)
  t.is((await lunarx.json<Status>('status')).verdict, 'healthy')

  const verified = await lunarx.json<{ readonly checks: readonly { readonly problems: readonly string[] }[] }>('verify')
  t.true(verified.checks.length > 0)
  t.deepEqual(
    verified.checks.flatMap(({ problems }) => problems),
    [],
  )

  t.deepEqual(await lunarx.complete('dra'), ['drain'])
  t.deepEqual(await lunarx.complete('drain', '-n', NAMESPACE, 'pool-a-'), ['pool-a-0', 'pool-a-1', 'pool-a-2', 'pool-a-3'])

  t.regex((await lunarx.say('audit')).out, /^OFF: /)
  const refused = await lunarx.say('audit', 'pool-a-0', '--now')
  t.is(refused.exit, 1)
  t.regex(refused.err, /nothing is audited in this network/)
  const none = await lunarx.say('audit', '--transcripts')
  t.is(none.exit, 0, none.err)
  t.is(none.out, "0 transcripts and convictions to somebody's harm, 0 proofs, kept by 3 trackers.\n")
  const unknown = await lunarx.say('transcript', 'ab'.repeat(32))
  t.is(unknown.exit, 6, unknown.err)
  t.regex(unknown.err, /^kubectl lunarx: TRANSCRIPT_NOT_FOUND: /)
  t.regex((await lunarx.say('drain', 'pool-z-9')).err, /pool-z-9 is no provider of this network/)
  t.regex((await lunarx.say('repair', 'pool-a-0')).err, /the volume of pool-a-0 is kept, because it runs and is ready/)
  t.regex((await lunarx.say('repair')).out, /^Nothing is under way/)

  const folder = mkdtempSync(join(tmpdir(), 'lunarx-report-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'report.tar.gz')
  const { files } = await lunarx.json<{ readonly files: readonly string[] }>('report', file)
  for (const pod of ['tracker-0', 'pool-a-0']) t.true(files.includes(`logs/${NAMESPACE}.${pod}.log`))
  t.true(files.some((path) => path.startsWith(`logs/${SYSTEM}.lunarx-operator`)))
  const bundle = gunzipSync(readFileSync(file)).toString('latin1')
  for (const path of files) t.true(bundle.includes(path), path)
  t.true(bundle.includes('kind: LunarNetwork'))
  t.deepEqual(secretsFoundIn(bundle, await secretsIn(cluster, NAMESPACE)), [])
  t.false(bundle.includes('kind: Secret'))
})

const claimOf = async (cluster: Cluster, pod: string): Promise<string | undefined> =>
  (await objects<Named>(cluster, ['pvc', '-n', NAMESPACE, `data-${pod}`]))[0]?.metadata.uid

const untilAnotherClaim = (cluster: Cluster, pod: string, before: string | undefined): Promise<string> =>
  until(`another claim of ${pod}`, 600_000, async () => {
    const now = await claimOf(cluster, pod)
    return now !== undefined && now !== before ? now : undefined
  })

const inFull = process.env['LUNARX_PLUGIN'] === undefined ? test.serial.skip : test.serial

inFull(
  'kubectl lunarx drain and repair (with --full, or LUNARX_PLUGIN=1): one is emptied, one is given up; every shard exists',
  async (t) => {
    const cluster = await sampleNetwork()
    const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
    await shell('head -c 3M /dev/urandom > /home/dapp/plugin && for i in 1 2 3 4 5 6 7 8; do lunarx put /home/dapp/plugin plugin/$i; done')
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    using lunarx = lunarxPlugin(cluster, NAMESPACE)
    // the one that is given up stays on a node that takes no pods, which may be the operator's, and not the DApp's
    const [keeper, victim] = await nodesOfProviders(cluster, { operator: false })
    if (keeper === undefined || victim === undefined) throw new Error('two nodes with providers and without the DApp are needed')
    /** Of the providers of that node the one with the most shards. */
    const fullestOn = async (node: string): Promise<readonly [string, Map<string, string>]> => {
      const there = (await providerPods(cluster, NAMESPACE)).filter(({ spec }) => spec.nodeName === node)
      const held = await Promise.all(
        there.map(async ({ metadata: { name } }) => [name, await hashShards(cluster, NAMESPACE, name)] as const),
      )
      const [fullest] = held.sort(([, a], [, b]) => b.size - a.size)
      if (fullest === undefined || fullest[1].size === 0) throw new Error(`no provider on ${node} holds a shard`)
      return fullest
    }
    const everyShard = async (): Promise<Map<string, string>> => {
      const pods = await providerPods(cluster, NAMESPACE)
      const held = await Promise.all(pods.map(({ metadata: { name } }) => hashShards(cluster, NAMESPACE, name)))
      return new Map(held.flatMap((shards) => [...shards]))
    }

    const [drained, emptied] = await fullestOn(keeper)
    const claim = await claimOf(cluster, drained)
    const asked = await lunarx.json<{ readonly pod: string; readonly isDraining: boolean }>('drain', drained)
    t.deepEqual([asked.pod, asked.isDraining], [drained, true])
    await untilAnotherClaim(cluster, drained, claim)
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    const after = await everyShard()
    for (const [shard, hash] of emptied) t.is(after.get(shard), hash, shard)

    // its volume is bound to a node that takes no pods: it does not come back
    const [gone, held] = await fullestOn(victim)
    const before = await claimOf(cluster, gone)
    t.teardown(() => kubectl(cluster, ['uncordon', victim]))
    await kubectl(cluster, ['cordon', victim])
    await kubectl(cluster, ['delete', 'pod', '-n', NAMESPACE, gone, '--force', '--grace-period=0'])
    const given = await until('the volume to be given up', 180_000, async () => {
      const said = await lunarx.say('repair', gone, '-o', 'json')
      if (said.exit !== 0) throw new Error(said.err)
      return JSON.parse(said.out) as { readonly pod: string; readonly isGivenUp: boolean }
    })
    t.deepEqual([given.pod, given.isGivenUp], [gone, true])
    await untilAnotherClaim(cluster, gone, before)
    await until('every shard again', 300_000, async () => {
      const now = await everyShard()
      return [...held].every(([shard, hash]) => now.get(shard) === hash) ? true : undefined
    })
    await kubectl(cluster, ['uncordon', victim])
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    t.is((await lunarx.json<Status>('status')).verdict, 'healthy')
    const sum = await shell('sha256sum < /home/dapp/plugin')
    for (let i = 1; i <= 8; i++) t.is(await shell(`lunarx get plugin/${i} - | sha256sum`), sum)
  },
)

/** Only the lab can have a power cut. */
const inFullOnLab = testCluster().lab === undefined ? test.serial.skip : inFull

inFullOnLab(
  'kubectl lunarx repair of a provider on a dead node (with --full, or LUNARX_PLUGIN=1): told once, it starts elsewhere on an empty volume',
  async (t) => {
    const cluster = await sampleNetwork()
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    using lunarx = lunarxPlugin(cluster, NAMESPACE)
    const [dead = ''] = await nodesOfProviders(cluster, { operator: true })
    const gone = (await providerPods(cluster, NAMESPACE)).find(({ spec }) => spec.nodeName === dead)?.metadata.name ?? ''
    const before = await claimOf(cluster, gone)
    let isAway = true
    const boot = async (): Promise<void> => {
      if (isAway) await lab(cluster, 'node', 'boot', dead)
      isAway = false
      await kubectl(cluster, ['uncordon', dead])
    }
    t.teardown(boot)
    await lab(cluster, 'node', 'crash', dead)
    // at once, before Kubernetes has noticed and evicts the pod
    t.regex((await lunarx.say('repair', gone)).err, new RegExp(`ready on ${dead}: .*kubectl cordon`))
    await kubectl(cluster, ['cordon', dead])
    const said = await lunarx.say('repair', gone, '--force')
    t.is(said.exit, 0, said.err)
    await untilAnotherClaim(cluster, gone, before)
    await until(`${gone} on another node`, 120_000, async () => {
      const pod = (await providerPods(cluster, NAMESPACE)).find(({ metadata }) => metadata.name === gone)
      const { nodeName } = pod?.spec ?? {}
      return nodeName !== undefined && nodeName !== dead ? true : undefined
    })
    await boot()
    await waitFor(cluster, NAMESPACE, 'Healthy', 600)
    t.is((await lunarx.json<Status>('status')).setsLost, 0)
  },
)
