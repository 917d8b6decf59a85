/**
 * Chaos: a network is used by a DApp that knows every byte it stored, while one fault after another is done to it: for two minutes, for an
 * hour of the full run, or for LUNARX_CHAOS_SECONDS. The order of the faults and what the DApp does follow from SEED, which the run begins with
 * and every failure names.
 */
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { DAPP, waitFor } from '../../hack/cluster/network.ts'
import { prepareClocks } from './chaos/clocks.ts'
import { FAULTS, inRounds, PODS_WITH_CLOCK } from './chaos/faults.ts'
import { startChecker } from './checker/start.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { superviseControlPlane } from './nodes.ts'
import { noteInReport } from './report.ts'

const seconds = Number(process.env['LUNARX_CHAOS_SECONDS'] ?? 120)

test.serial(`chaos for ${seconds} s: whatever is done to it, no byte is lost and none is wrong`, async (t) => {
  const seed = process.env['SEED'] ?? String(Date.now() % 1_000_000)
  const random = new SeededRandom(`chaos ${seed}`)
  const cluster = await sampleNetwork()
  const faults = FAULTS.filter(({ needsLab }) => cluster.lab !== undefined || !needsLab)
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  await using _clocks = cluster.lab === undefined ? undefined : await prepareClocks(cluster, PODS_WITH_CLOCK)
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  const checker = await startChecker(cluster, NAMESPACE, DAPP, { seed, isLong: seconds >= 3_600 })
  t.teardown(() => checker.stop())
  await using _services = cluster.lab === undefined ? undefined : superviseControlPlane(cluster)

  const played: string[] = []
  const end = performance.now() + seconds * 1000
  for (const fault of inRounds(faults, random)) {
    if (performance.now() > end) break
    played.push(fault.name)
    const story = `SEED=${seed}: ${played.join(', ')}`
    if (fault.destroys) await t.notThrowsAsync(waitFor(cluster, NAMESPACE, 'Healthy', 600), story)
    await t.notThrowsAsync(fault.play({ cluster, random }), story)
  }
  await t.notThrowsAsync(waitFor(cluster, NAMESPACE, 'Healthy', 600), `SEED=${seed}`)
  const found = await checker.findings()

  const story = `SEED=${seed}: ${played.join(', ')}: ${JSON.stringify(found)}`
  noteInReport(t, import.meta.url, { seed, seconds, faults: played, ...found })
  t.deepEqual(found.wrong, [], story)
  t.deepEqual(found.unreadable, [], story)
  t.true(found.done.put > 0 && found.done.get > 0, story)
  t.true(found.writtenOnce.objects > 0 && found.writtenOnce.reads >= found.writtenOnce.objects, story)
})
