/**
 * Checks the rules of `border-rules.ts` over every file. First a violation of every rule is planted, and each must be caught: a
 * border check that sees no modules, or resolves no import, would otherwise pass for ever. Cycles are the linter's (import/no-cycle).
 *
 * @module
 */
import { RULES } from './border-rules.ts'
import { importsOf, readImports, type Imports } from './imports.ts'
import type { Outcome } from './outcome.ts'

/** Rule → a file that breaks it. */
const PLANTED: Readonly<Record<string, { readonly file: string; readonly text: string }>> = {
  'core-imports': { file: 'node/core/planted.ts', text: "import '@lunarx/wire'" },
  'wire-imports': { file: 'node/wire/planted.ts', text: "import '@lunarx/net/peers'" },
  'runtime-imports': { file: 'node/runtime/planted.ts', text: "import '@lunarx/wire'" },
  'net-imports': { file: 'node/net/planted.ts', text: "export * from '@lunarx/provider'" },
  'client-imports': { file: 'node/client/planted.ts', text: "import type { Tracker } from '@lunarx/tracker'" },
  'index-imports': { file: 'node/index/planted.ts', text: "import '@lunarx/provider'" },
  'provider-imports': { file: 'node/provider/planted.ts', text: "await import('@lunarx/tracker')" },
  'tracker-imports': { file: 'node/tracker/planted.ts', text: "import '../provider/index.ts'" },
  'verifier-imports': { file: 'node/verifier/planted.ts', text: "import '@lunarx/tracker'" },
  'cli-imports': { file: 'node/cli/planted.ts', text: "import '@lunarx/operator'" },
  'operator-imports': { file: 'operator/planted.ts', text: "import '@lunarx/tracker'" },
  'samples-imports': { file: 'config/samples/document-vault/planted.ts', text: "import { LunarError } from '@lunarx/core/model'" },
  'kubernetes-only-in-operator': { file: 'node/cli/planted.ts', text: "import '@kubernetes/client-node'" },
  'tracing-sdk-only-in-cli': { file: 'node/client/planted.ts', text: "import '@opentelemetry/sdk-trace'" },
  'database-only-in-tracker-store': { file: 'node/tracker/map/planted.ts', text: "import pg from 'pg'" },
  'core-is-pure': { file: 'node/core/planted.ts', text: "import 'node:fs'" },
  'roles-touch-no-system': { file: 'node/client/planted.ts', text: "import { connect } from 'node:net'" },
  'simulated-only-in-tests': { file: 'node/cli/planted.ts', text: "import '../runtime/clock/simulated.ts'" },
}

export interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
}

export function violations({ file, imports, unresolved }: Imports): Violation[] {
  if (file.endsWith('.test.ts')) return []
  const rules = RULES.filter((rule) => rule.from.test(file) && !rule.except?.test(file))
  return [
    ...unresolved.map((to) => ({ rule: 'no-unresolved', from: file, to })),
    ...rules.flatMap((rule) => imports.filter(rule.forbids).map((to) => ({ rule: rule.name, from: file, to }))),
  ]
}

export function checkBorders(): Outcome {
  const root = process.cwd()
  const isCaught = (rule: string, file: string, text: string): boolean =>
    violations(importsOf(root, file, text)).some((found) => found.rule === rule)
  const missed = RULES.filter(({ name }) => {
    const planted = PLANTED[name]
    return !planted || !isCaught(name, planted.file, planted.text)
  }).map(({ name }) => name)
  if (!isCaught('no-unresolved', 'node/core/planted.ts', "import './nowhere.ts'")) missed.push('no-unresolved')
  if (missed.length > 0) return { ok: false, lines: [`planted violations that were not caught: ${missed.join(', ')}`] }

  const files = readImports(root)
  const found = files.flatMap(violations)
  const lines = found.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`)
  return { ok: lines.length === 0, lines: [...lines, `${files.length} files, ${RULES.length + 1} planted violations caught`] }
}
