/**
 * Who may import whom (`.dependency-cruiser.mjs`). First a violation of every rule is planted in a scratch copy, and each must be
 * caught: a border check that sees no modules, or resolves no import, would otherwise pass for ever.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../parts/run.ts'
import { makeScratch } from '../parts/scratch.ts'
import type { Outcome } from './outcome.ts'

/** Rule → a file that breaks it. */
const PLANTED: Readonly<Record<string, { readonly file: string; readonly text: string }>> = {
  'core-imports': { file: 'node/core/planted-a.ts', text: "import '@lunarx/wire'\n" },
  'core-is-pure': { file: 'node/core/planted-b.ts', text: "import 'node:fs'\n" },
  'wire-imports': { file: 'node/wire/planted.ts', text: "import '@lunarx/net'\n" },
  'runtime-imports': { file: 'node/runtime/planted.ts', text: "import '@lunarx/wire'\n" },
  'net-imports': { file: 'node/net/planted.ts', text: "import '@lunarx/provider'\n" },
  'client-imports': { file: 'node/client/planted-a.ts', text: "import '@lunarx/tracker'\n" },
  'index-imports': { file: 'node/index/planted.ts', text: "import '@lunarx/provider'\n" },
  'provider-imports': { file: 'node/provider/planted.ts', text: "import '@lunarx/tracker'\n" },
  'tracker-imports': { file: 'node/tracker/planted.ts', text: "import '../provider/index.ts'\n" },
  'cli-imports': { file: 'node/cli/planted-a.ts', text: "import '@lunarx/operator'\n" },
  'operator-imports': { file: 'operator/planted.ts', text: "import '@lunarx/tracker'\n" },
  'kubernetes-only-in-operator': { file: 'node/cli/planted-b.ts', text: "import '@kubernetes/client-node'\n" },
  'roles-touch-no-system': { file: 'node/client/planted-b.ts', text: "import 'node:net'\n" },
  'simulated-only-in-tests': { file: 'node/cli/planted-c.ts', text: "import '../runtime/clock/simulated.ts'\n" },
  'no-cycle': { file: 'node/core/planted-c.ts', text: "import './planted-c.ts'\nimport './planted-d.ts'\n" },
  'no-unresolved': { file: 'node/core/planted-e.ts', text: "import './nowhere.ts'\n" },
}

const cruise = (cwd: string) =>
  run('depcruise', ['--config', '.dependency-cruiser.mjs', 'node', 'operator', '--output-type', 'json'], { cwd, onLine: () => undefined })

interface Cruised {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[]
  }
}

export async function checkBorders(): Promise<Outcome> {
  using scratch = makeScratch()
  writeFileSync(join(scratch.folder, 'node/core/planted-d.ts'), "import './planted-c.ts'\n")
  for (const { file, text } of Object.values(PLANTED)) writeFileSync(join(scratch.folder, file), text)
  const planted = JSON.parse((await cruise(scratch.folder)).output) as Cruised
  const caught = new Set(planted.summary.violations.filter(({ from }) => from.includes('planted')).map(({ rule }) => rule.name))
  const missed = Object.keys(PLANTED).filter((rule) => !caught.has(rule))
  if (missed.length > 0) return { ok: false, lines: [`planted violations that were not caught: ${missed.join(', ')}`] }

  const real = JSON.parse((await cruise(process.cwd())).output) as Cruised
  const lines = real.summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)
  return {
    ok: lines.length === 0,
    lines: [...lines, `${real.summary.totalCruised} modules, ${Object.keys(PLANTED).length} planted violations caught`],
  }
}
