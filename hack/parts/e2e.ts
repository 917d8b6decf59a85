/**
 * The end-to-end tests: on the lab, or on the cluster that KUBECONFIG and IMAGE name. On the lab, the smoke test then runs once more
 * against a second lab cluster that is reached that way, so that the way of other clusters is never untested.
 *
 * @module
 */
import { globSync } from 'node:fs'
import type { Cluster } from '../cluster/cluster.ts'
import { CannotOpen, closeCluster, openCluster } from '../cluster/open.ts'
import { runAva } from './ava.ts'
import { FULL_REPORT, FullReport } from './full-report.ts'
import { sum, type Tally } from './tally.ts'
import { TestTimes } from './test-times.ts'

export interface E2eOptions {
  readonly verbose: boolean
  /** Only test files with this in their name. */
  readonly only: string | undefined
  readonly isFull: boolean
}

const say = (line: string): void => console.log(`  ${line}`)

interface Ran {
  readonly tally: Tally
  readonly times: TestTimes
}

interface RunOptions {
  readonly files: readonly string[]
  readonly verbose: boolean
  readonly report?: FullReport | undefined
  /** Of what is random in them. */
  readonly seed: string
}

async function runOn(cluster: Cluster, { files, verbose, report, seed }: RunOptions): Promise<Ran> {
  const times = new TestTimes(files)
  const env = {
    ...process.env,
    KUBECONFIG: cluster.kubeconfig,
    LUNARX_E2E_CLUSTER: JSON.stringify(cluster),
    SEED: seed,
    ...report?.environment,
  }
  const onTest = (title: string, isPassed: boolean): void => {
    times.record(title, isPassed)
    report?.write(times.ended)
  }
  const tally = await runAva(files, { env, verbose, serial: true, timeout: report ? '3h' : '20m', onTest })
  return { tally, times }
}

export async function runE2e({ verbose, only, isFull }: E2eOptions): Promise<Tally> {
  const files = globSync(`test/e2e/**/*${only ?? ''}*.test.ts`)
  if (files.length === 0) return { passed: 0, failed: 1, failures: [`no end-to-end test file has "${only}" in its name`], skipped: [] }
  const report = isFull ? new FullReport() : undefined
  const seed = process.env['SEED'] || String(Date.now() % 1_000_000)
  say(`SEED=${seed} (of the chaos)`)
  let cluster: Cluster
  try {
    cluster = await openCluster({ name: 'e2e', nodes: 4, say })
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error
    return { passed: 0, failed: 1, failures: [`no cluster for the end-to-end tests: ${error.message}`], skipped: [] }
  }
  let first: Ran
  try {
    first = await runOn(cluster, { files, verbose, report, seed })
  } finally {
    report?.close()
    await closeCluster(cluster)
  }
  say(`seconds: ${first.times.byFile().join(', ')}`)
  const all = cluster.lab && only === undefined ? sum([first.tally, await runSmokeElsewhere(verbose, seed)]) : first.tally
  if (report) console.log(`report: ${FULL_REPORT}`)
  return all
}

/** A second lab cluster, known to the tests only by KUBECONFIG, IMAGE and the tools on PATH. */
async function runSmokeElsewhere(verbose: boolean, seed: string): Promise<Tally> {
  const second = await openCluster({ name: 'smoke', nodes: 3, say })
  try {
    process.env['KUBECONFIG'] = second.kubeconfig
    process.env['IMAGE'] = second.images.node
    process.env['LUNARX_TOOLS'] = second.toolFolder
    const named = await openCluster({ name: 'unused', nodes: 0, say })
    return (await runOn(named, { files: ['test/e2e/smoke.test.ts'], verbose, seed })).tally
  } finally {
    for (const name of ['KUBECONFIG', 'IMAGE', 'LUNARX_TOOLS']) delete process.env[name]
    await closeCluster(second)
  }
}
