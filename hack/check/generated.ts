/**
 * Generated files are in step with their sources. Each generator is run with `--check`; `npm run generate` writes.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { run } from '../parts/run.ts'
import type { Outcome } from './outcome.ts'

export const GENERATORS = [
  'operator/api/generate.ts',
  'hack/generate/errors.ts',
  'node/cli/generate.ts',
  'operator/plugin/generate.ts',
  'hack/generate/lock-platforms.ts',
  'hack/generate/benchmarks.ts',
  'hack/generate/audits.ts',
  'hack/generate/seeds.ts',
  'hack/generate/scale.ts',
  'hack/generate/kernel.ts',
  'hack/generate/metrics.ts',
  'hack/generate/dashboards.ts',
  'hack/generate/checklist.ts',
] as const

export async function checkGenerated(): Promise<Outcome> {
  const lines: string[] = []
  let isInStep = true
  for (const generator of GENERATORS) {
    const ran = await run('node', ['--conditions=source', generator, '--check'], { onLine: () => undefined })
    lines.push(...ran.output.split('\n').filter((line) => line.startsWith('skipped: ')))
    if (ran.code !== 0 || !existsSync(generator)) {
      isInStep = false
      lines.push(`${generator} --check failed (npm run generate):`, ran.output)
    }
  }
  return { ok: isInStep, lines: [...lines, `${GENERATORS.length} generators`] }
}
