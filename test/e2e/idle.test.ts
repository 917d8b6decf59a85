/**
 * A network that serves and that nobody uses: the operator writes nothing. In the full run only, for ten minutes.
 */
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { waitFor } from '../../hack/cluster/network.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { isFullRun, noteInReport } from './report.ts'

const IDLE_SECONDS = Number(process.env['LUNARX_IDLE_SECONDS'] ?? 600)
const LOOK_MS = 5_000

/** Of which only we write anything but, where it says so, the status. */
const KINDS = ['lnet', 'ltrk', 'lprv', 'services', 'serviceaccounts', 'configmaps', 'secrets', 'roles', 'rolebindings', 'networkpolicies']
const KINDS_WITH_STATUS = ['statefulsets', 'poddisruptionbudgets', 'persistentvolumeclaims']

interface Versioned {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly resourceVersion: string
    readonly generation?: number
    readonly labels?: object
    readonly managedFields?: readonly { readonly manager: string; readonly time?: string }[]
  }
}

/** Each object → its version; where others write the status, when we wrote last. */
async function versions(cluster: Cluster): Promise<Record<string, string>> {
  const list = (kinds: readonly string[]): Promise<Versioned[]> =>
    objects<Versioned>(cluster, ['-n', NAMESPACE, kinds.join(), '--show-managed-fields'])
  const [ours, shared] = [await list(KINDS), await list(KINDS_WITH_STATUS)]
  const nameOf = ({ kind, metadata: { name } }: Versioned): string => `${kind}/${name}`
  const wroteLast = ({ metadata: { managedFields = [] } }: Versioned): string =>
    managedFields.flatMap(({ manager, time = '' }) => (manager.includes('lunarx') ? [time] : [])).join()
  return Object.fromEntries([
    ...ours.map((one) => [nameOf(one), one.metadata.resourceVersion]),
    ...shared.map((one) => [nameOf(one), `${one.metadata.generation} ${wroteLast(one)}`]),
  ])
}

const inFull = isFullRun ? test.serial : test.serial.skip

inFull('nobody uses a healthy network (with --full): nothing is written for ten minutes', async (t) => {
  const cluster = await sampleNetwork()
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  let before = await versions(cluster)
  await until('a minute without a write', 900_000, async () => {
    await pause(60_000)
    const [last, now] = [before, await versions(cluster)]
    before = now
    return JSON.stringify(now) === JSON.stringify(last) ? true : undefined
  })
  const changed = new Set<string>()
  const end = performance.now() + IDLE_SECONDS * 1_000
  while (performance.now() < end) {
    await pause(LOOK_MS)
    const now = await versions(cluster)
    for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) if (now[name] !== before[name]) changed.add(name)
    before = now
  }
  noteInReport(t, import.meta.url, { idleSeconds: IDLE_SECONDS, objects: Object.keys(before).length, written: changed.size })
  t.true(Object.keys(before).length > 30)
  t.deepEqual([...changed], [])
})
