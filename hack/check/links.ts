/**
 * Relative links of the Markdown pages lead to files that exist, and npm scripts and front doors that pages name are there.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { Outcome } from './outcome.ts'

export function deadLinks(page: string, text: string, exists: (path: string) => boolean): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links
    .filter((target) => !/^[a-z]+:|^#/.test(target))
    .map((target) => normalize(join(dirname(page), target.replace(/#.*$/, ''))))
    .filter((path) => !exists(path))
    .map((path) => `${page}: no such file: ${path}`)
}

export function deadScripts(page: string, text: string, scripts: ReadonlySet<string>): string[] {
  const named = [...text.matchAll(/npm run (?:--silent )?([a-z][a-z0-9:]*)/g)].map(([, name = '']) => name)
  return named.filter((name) => !scripts.has(name)).map((name) => `${page}: no such npm script: ${name}`)
}

export async function checkLinks(): Promise<Outcome> {
  const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' }).split('\n').filter(Boolean)
  const scripts = new Set(Object.keys((JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts))
  const lines = pages.filter(existsSync).flatMap((page) => {
    const text = readFileSync(page, 'utf8')
    return [...deadLinks(page, text, existsSync), ...deadScripts(page, text, scripts)]
  })
  return { ok: lines.length === 0, lines: [...lines, `${pages.length} pages`] }
}
