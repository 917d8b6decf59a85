/**
 * Dead code: files, exports and dependencies that nothing uses (knip). A planted unused file must be caught first.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../parts/run.ts'
import { makeScratch } from '../parts/scratch.ts'
import type { Outcome } from './outcome.ts'

const silent = { onLine: () => undefined }
const ARGS = ['--no-progress', '--no-config-hints']

export async function checkDeadCode(): Promise<Outcome> {
  using scratch = makeScratch()
  writeFileSync(join(scratch.folder, 'node/core/planted-dead.ts'), 'export const planted = 1\n')
  const planted = await run('knip', ARGS, { cwd: scratch.folder, ...silent })
  if (!planted.output.includes('planted-dead.ts'))
    return { ok: false, lines: ['a planted unused file was not caught', ...planted.output.split('\n').slice(0, 20)] }
  const real = await run('knip', ARGS, silent)
  return { ok: real.code === 0, lines: real.output.split('\n').slice(0, 120) }
}
