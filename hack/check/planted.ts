/**
 * Each patch of `test/planted/` fits the tree as it is: a change beside what it breaks is seen here, and not only where all of them are run.
 *
 * @module
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PLANTED, tryPatch } from '../parts/planted.ts'
import type { Outcome } from './outcome.ts'

export async function checkPlanted(): Promise<Outcome> {
  const patches = readdirSync(PLANTED).filter((name) => name.endsWith('.patch'))
  const tried = await Promise.all(
    patches.map(async (name) => ({ name, ...(await tryPatch(join(PLANTED, name), '.', '--forward', '--dry-run')) })),
  )
  const lines = tried.flatMap(({ name, code, output }) => (code === 0 ? [] : [`${name} does not apply: ${output}`]))
  return { ok: lines.length === 0, lines: [...lines, `${patches.length} patches`] }
}
