/**
 * The end-to-end tests: on the lab, or on the cluster that KUBECONFIG and IMAGE name. On the lab, the smoke test then runs once more
 * against a lab cluster that is reached that way, so that the way of other clusters is never untested: the same one, or in the full run
 * one of its own, of three nodes.
 *
 * @module
 */
import type { Cluster } from '../cluster/cluster.ts'
import { CannotOpen, closeCluster, openCluster } from '../cluster/open.ts'
import { runAva } from './ava.ts'
import { FullReport } from './full-report.ts'
import { sum, type Tally } from './tally.ts'

export interface E2eOptions {
  readonly verbose: boolean
  readonly only: string | undefined
  readonly isFull: boolean
}

const say = (line: string): void => console.log(`  ${line}`)

function runOn(cluster: Cluster, files: readonly string[], verbose: boolean, report?: FullReport): Promise<Tally> {
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig, LUNARX_E2E_CLUSTER: JSON.stringify(cluster), ...report?.environment }
  const onTest = report && { onTest: (title: string, isPassed: boolean) => report.record(title, isPassed) }
  return runAva(files, { env, verbose, serial: true, timeout: report ? '3h' : '20m', ...onTest })
}

export async function runE2e({ verbose, only, isFull }: E2eOptions): Promise<Tally> {
  const files = [`test/e2e/**/*${only ?? ''}*.test.ts`]
  const report = isFull ? new FullReport() : undefined
  let cluster: Cluster
  try {
    cluster = await openCluster({ name: 'e2e', nodes: 4, say })
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error
    return { passed: 0, failed: 1, failures: [`no cluster for the end-to-end tests: ${error.message}`], skipped: [] }
  }
  const isWhole = cluster.lab !== undefined && only === undefined
  const tallies: Tally[] = []
  try {
    tallies.push(await runOn(cluster, files, verbose, report))
    if (isWhole && !isFull) tallies.push(await runSmokeByName(cluster, verbose))
  } finally {
    await closeCluster(cluster)
  }
  if (isWhole && isFull) tallies.push(await runSmokeElsewhere(verbose))
  const all = sum(tallies)
  if (report) console.log(`report: ${report.write(all)}`)
  return all
}

async function runSmokeElsewhere(verbose: boolean): Promise<Tally> {
  const second = await openCluster({ name: 'smoke', nodes: 3, say })
  try {
    return await runSmokeByName(second, verbose)
  } finally {
    await closeCluster(second)
  }
}

/** The tests know the cluster by KUBECONFIG, IMAGE and the tools on PATH only. */
async function runSmokeByName({ kubeconfig, images, toolFolder }: Cluster, verbose: boolean): Promise<Tally> {
  try {
    process.env['KUBECONFIG'] = kubeconfig
    process.env['IMAGE'] = images.node
    process.env['LUNARX_TOOLS'] = toolFolder
    const named = await openCluster({ name: 'unused', nodes: 0, say })
    return await runOn(named, ['test/e2e/smoke.test.ts'], verbose)
  } finally {
    for (const name of ['KUBECONFIG', 'IMAGE', 'LUNARX_TOOLS']) delete process.env[name]
  }
}
