/**
 * oxlint with type-aware rules. First a floating promise and an inexhaustive switch are planted in a scratch copy: oxlint passes
 * both in silence when its type-aware part is missing.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../parts/run.ts'
import { makeScratch } from '../parts/scratch.ts'
import type { Outcome } from './outcome.ts'

const PLANTED = `export async function later(): Promise<void> {
  await Promise.resolve()
}
export function planted(kind: 'a' | 'b'): number {
  later()
  switch (kind) {
    case 'a':
      return 1
  }
  return setTimeout(() => undefined, 1) as unknown as number
}
`

const EXPECTED = ['no-floating-promises', 'switch-exhaustiveness-check', 'no-restricted-globals']
const silent = { onLine: () => undefined }

export async function checkLint(): Promise<Outcome> {
  using scratch = makeScratch()
  writeFileSync(join(scratch.folder, 'node/core/planted.ts'), PLANTED)
  const planted = await run('oxlint', ['--type-aware', 'node/core/planted.ts'], { cwd: scratch.folder, ...silent })
  const missed = EXPECTED.filter((rule) => !planted.output.includes(rule))
  if (missed.length > 0) return { ok: false, lines: [`planted faults that were not caught: ${missed.join(', ')}`] }
  const real = await run('oxlint', ['--type-aware', '--deny-warnings', 'node', 'operator', 'test', 'hack', 'config'], silent)
  return { ok: real.code === 0, lines: real.output.split('\n').slice(-80) }
}
