/**
 * What each file of the clone imports: paths of the clone, `node:` modules, packages as `npm:NAME`. Imports that resolve nowhere are
 * told apart, because an import that is not resolved is not checked.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { parseSync } from 'oxc-parser'

export interface Imports {
  readonly file: string
  readonly imports: readonly string[]
  readonly unresolved: readonly string[]
}

function specifiers(file: string, text: string): string[] {
  const { module, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`)
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start, end))
  return [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : []))),
    ...dynamic.filter((request) => /^['"]/.test(request)).map((request) => request.slice(1, -1)),
  ]
}

function resolve(root: string, file: string, specifier: string): string | undefined {
  const found = (path: string): string | undefined => (existsSync(join(root, path)) ? path : undefined)
  if (specifier.startsWith('node:')) return specifier
  if (specifier.startsWith('.')) return found(normalize(join(dirname(file), specifier)))
  const workspace = /^@lunarx\/([a-z]+)(?:\/(.+))?$/.exec(specifier)
  if (workspace) {
    const [, name = '', folder = '.'] = workspace
    return found(normalize(join(['operator', 'test'].includes(name) ? name : join('node', name), folder, 'index.ts')))
  }
  return `npm:${specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')}`
}

export function readImports(root: string): Imports[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', '*.ts'], { encoding: 'utf8' }).split('\n')
  return listed
    .filter((file) => file !== '' && existsSync(join(root, file)))
    .map((file) => importsOf(root, file, readFileSync(join(root, file), 'utf8')))
}

export function importsOf(root: string, file: string, text: string): Imports {
  const named = [...new Set(specifiers(file, text))].map((specifier) => ({ specifier, path: resolve(root, file, specifier) }))
  return {
    file,
    imports: named.flatMap(({ path }) => (path === undefined ? [] : [path])),
    unresolved: named.filter(({ path }) => path === undefined).map(({ specifier }) => specifier),
  }
}
