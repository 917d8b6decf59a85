/**
 * The end-to-end tests: on the lab, or on the cluster that KUBECONFIG and IMAGE name. On the lab, all of them run on two clusters at once,
 * those under load on the first one alone. The smoke test runs once more on the second, which is then reached as other clusters are, so
 * that this way is never untested.
 *
 * @module
 */
import { globSync } from 'node:fs'
import type { Cluster } from '../cluster/cluster.ts'
import { CannotOpen, closeCluster, openCluster } from '../cluster/open.ts'
import { runAva } from './ava.ts'
import { shareOut } from './e2e-shares.ts'
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
  if (files.length === 0) return failed(`no end-to-end test file has "${only}" in its name`)
  const report = isFull ? new FullReport() : undefined
  const seed = process.env['SEED'] || String(Date.now() % 1_000_000)
  say(`SEED=${seed} (of the chaos)`)
  let cluster: Cluster
  try {
    cluster = await openCluster({ name: 'e2e', nodes: 4, say })
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error
    return failed(`no cluster for the end-to-end tests: ${error.message}`)
  }
  const hasSecond = cluster.lab !== undefined && only === undefined
  // times of a full run are not to suffer from a neighbour
  const { first, second, last } = hasSecond && !isFull ? shareOut(files) : { first: files, second: [], last: [] }
  const ran: Ran[] = []
  const runFiles = async (on: Cluster, of: readonly string[]): Promise<void> => {
    if (of.length > 0) ran.push(await runOn(on, { files: of, verbose, report, seed }))
  }
  const runSecond = (): Promise<void> =>
    withSecond(
      (known) => runFiles(known, second),
      async (named) => void ran.push(await runOn(named, { files: [SMOKE], verbose, seed })),
    )
  try {
    if (hasSecond && !isFull) await both(runFiles(cluster, first), runSecond())
    else await runFiles(cluster, first)
    await runFiles(cluster, last)
  } finally {
    report?.close()
    await closeCluster(cluster)
  }
  if (hasSecond && isFull) await runSecond()
  say(`seconds: ${ran.flatMap(({ times }) => times.byFile()).join(', ')}`)
  if (report) console.log(`report: ${FULL_REPORT}`)
  return sum(ran.map(({ tally }) => tally))
}

const failed = (why: string): Tally => ({ passed: 0, failed: 1, failures: [why], skipped: [] })

/** Neither is left running. @throws what the one or the other has thrown */
async function both(one: Promise<void>, other: Promise<void>): Promise<void> {
  await Promise.allSettled([one, other])
  await Promise.all([one, other])
}

const SMOKE = 'test/e2e/smoke.test.ts'

/** @param named gets the same cluster, known only by KUBECONFIG, IMAGE and the tools on PATH */
async function withSecond(known: (cluster: Cluster) => Promise<void>, named: (cluster: Cluster) => Promise<void>): Promise<void> {
  const second = await openCluster({ name: 'second', nodes: 4, say })
  try {
    await known(second)
    const environment = { ...process.env, KUBECONFIG: second.kubeconfig, IMAGE: second.images.node, LUNARX_TOOLS: second.toolFolder }
    await named(await openCluster({ name: 'unused', nodes: 0, say }, environment))
  } finally {
    await closeCluster(second)
  }
}
