/**
 * The lab's own checks, on a cluster of its own. They are of no use where another cluster stands in for the lab.
 *
 * @module
 */
import { run } from './run.ts'
import { NOTHING, type Tally } from './tally.ts'

export async function runLab({ verbose }: { readonly verbose: boolean }): Promise<Tally> {
  if (process.env['KUBECONFIG'] && process.env['IMAGE'])
    return { ...NOTHING, skipped: ["the lab's own checks: KUBECONFIG and IMAGE name another cluster"] }
  const failures: string[] = []
  const onLine = (line: string): void => {
    if (verbose || !line.startsWith('ok')) console.log(`  ${line}`)
    if (line.startsWith('FAIL')) failures.push(`lab: ${line.slice(4).trim()}`)
  }
  const { code, output } = await run('hack/lab/test', [], { onLine })
  const passed = Number(/^(\d+) passed, \d+ failed$/m.exec(output)?.[1] ?? 0)
  if ((code !== 0 || passed === 0) && failures.length === 0) failures.push(`hack/lab/test exited with ${code}`)
  return { passed, failed: failures.length, failures, skipped: [] }
}
