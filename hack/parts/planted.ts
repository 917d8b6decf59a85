/**
 * Breaks each promise by a patch of `test/planted/` in a scratch copy: its test must turn red. A patch starts with
 *
 *     promise: what is broken
 *     test: node/core/merkle/verify.test.ts
 *     match: *part of the title*
 *
 * and must apply; a test that matches must then fail. A file that does not load is no such failure. That the test passes without the
 * patch is shown by its own part of the suite.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runAva } from './ava.ts'
import { run } from './run.ts'
import { makeScratch } from './scratch.ts'
import type { Tally } from './tally.ts'

export const PLANTED = 'test/planted'
/** Each is one process for most of its time. */
const SIDE_BY_SIDE = 2
const field = (text: string, name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]?.trim()

/** @param folder the tree that it is for; @param options of patch */
export const tryPatch = (patch: string, folder: string, ...options: readonly string[]) =>
  run('patch', ['-p1', '--batch', '--fuzz=0', ...options, '-i', resolve(patch)], { cwd: folder, onLine: () => undefined })

async function turnsRed(patch: string, folder: string): Promise<string | undefined> {
  const text = readFileSync(join(PLANTED, patch), 'utf8')
  const test = field(text, 'test')
  const match = field(text, 'match')
  if (!test) return 'names no test'
  const apply = (direction: string) => tryPatch(join(PLANTED, patch), folder, direction)
  const applied = await apply('--forward')
  if (applied.code !== 0) return `does not apply: ${applied.output}`
  const tally = await runAva([test], { cwd: folder, quiet: true, env: { ...process.env, SEEDS: '3' }, ...(match ? { match } : {}) })
  const reverted = await apply('--reverse')
  if (reverted.code !== 0) return `does not come off again: ${reverted.output}`
  if (tally.failures.length === 0) return `${test} stays green`
  if (tally.failures.some((title) => title.startsWith('ava exited'))) return `${test} did not run: ${tally.failures.join('; ')}`
  return undefined
}

export async function runPlanted({ only }: { readonly only?: string | undefined } = {}): Promise<Tally> {
  const patches = readdirSync(PLANTED)
    .filter((name) => name.endsWith('.patch') && name.includes(only ?? ''))
    .toSorted()
  const failures: string[] = []
  const waiting = [...patches]
  /** One after another, in a copy of its own. */
  const work = async (): Promise<void> => {
    using scratch = makeScratch()
    for (let patch = waiting.shift(); patch !== undefined; patch = waiting.shift()) {
      const fault = await turnsRed(patch, scratch.folder)
      console.log(`  ${fault ? '✘' : '✔'} ${patch}: ${fault ?? 'its test turns red'}`)
      if (fault) failures.push(`${patch}: ${fault}`)
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work))
  if (patches.length === 0) failures.push('no patch in test/planted')
  return { passed: patches.length - failures.length, failed: failures.length, failures, skipped: [] }
}
