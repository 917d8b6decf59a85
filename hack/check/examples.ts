/**
 * TypeScript examples of the Markdown pages compile against the packages, and JSON examples parse. A planted mistake must be caught
 * first.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../parts/run.ts'
import { makeScratch } from '../parts/scratch.ts'
import type { Outcome } from './outcome.ts'

export interface Example {
  readonly language: string
  readonly text: string
}

export const examplesOf = (page: string): Example[] =>
  [...page.matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)].map(([, language = '', text = '']) => ({ language, text }))

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const PLANTED = "import type { Client } from '@lunarx/client'\nexport const broken = (client: Client): number => client.get(1)\n"

export async function checkExamples(): Promise<Outcome> {
  using scratch = makeScratch()
  const folder = join(scratch.folder, 'test', 'examples')
  mkdirSync(folder)
  writeFileSync(join(folder, 'planted.ts'), PLANTED)
  const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' }).split('\n').filter(existsSync)
  const examples = pages.flatMap((page) => examplesOf(readFileSync(page, 'utf8')).map((example) => ({ page, ...example })))
  const typed = examples.filter(({ language }) => language === 'ts')
  for (const [i, { text }] of typed.entries()) writeFileSync(join(folder, `example-${i}.ts`), text)
  const { output } = await run('tsc', ['-p', '.'], { cwd: scratch.folder, onLine: () => undefined })
  if (!output.includes('test/examples/planted.ts')) return { ok: false, lines: ['a planted mistake in an example was not caught'] }
  const faults = typed.flatMap(({ page }, i) =>
    output
      .split('\n')
      .filter((line) => line.includes(`example-${i}.ts`))
      .map((line) => `${page}: ${line}`),
  )
  const notJson = examples
    .filter(({ language, text }) => language === 'json' && !isJson(text))
    .map(({ page }) => `${page}: an example is not JSON`)
  const lines = [...faults, ...notJson]
  return { ok: lines.length === 0, lines: [...lines, `${typed.length} TypeScript examples compiled`] }
}
