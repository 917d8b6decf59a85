/**
 * The steps of `npm run check`, in order.
 *
 * @module
 */
import { run } from '../parts/run.ts'
import { checkBorders } from './borders.ts'
import { checkDeadCode } from './dead.ts'
import { checkExamples } from './examples.ts'
import { checkGenerated } from './generated.ts'
import { checkLinks } from './links.ts'
import { checkLint } from './lint.ts'
import { checkObservability } from './observability.ts'
import type { Outcome } from './outcome.ts'
import { checkPlanted } from './planted.ts'

async function command(name: string, args: readonly string[]): Promise<Outcome> {
  const ran = await run(name, args, { onLine: () => undefined })
  return { ok: ran.code === 0, lines: ran.output.split('\n').slice(-60) }
}

export const STEPS: readonly { readonly name: string; readonly run: () => Promise<Outcome> }[] = [
  { name: 'types (tsc)', run: () => command('tsc', ['-p', '.']) },
  { name: 'build of every workspace', run: () => command('tsc', ['--build', 'tsconfig.build.json']) },
  { name: 'lint (oxlint, type-aware)', run: checkLint },
  {
    name: 'format (prettier)',
    run: () => command('prettier', ['--check', '--log-level=warn', '--cache', '--cache-strategy=content', '.']),
  },
  { name: 'borders between workspaces', run: () => Promise.resolve(checkBorders()) },
  { name: 'dead code (knip)', run: checkDeadCode },
  { name: 'generated files', run: checkGenerated },
  { name: 'links in docs', run: checkLinks },
  { name: 'planted defects apply', run: checkPlanted },
  { name: 'dashboards, alerts, runbooks', run: checkObservability },
  { name: 'examples in docs', run: checkExamples },
]
