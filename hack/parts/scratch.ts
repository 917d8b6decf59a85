/**
 * A scratch copy of the work tree in the system's temporary folder, with the installed packages linked in and the workspaces
 * linked to the copy: what is broken there breaks nothing here.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Scratch extends Disposable {
  readonly folder: string
}

export function makeScratch(): Scratch {
  const root = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-scratch-'))
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)
  for (const file of files) {
    if (!existsSync(join(root, file))) continue
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  linkModules(join(root, 'node_modules'), join(folder, 'node_modules'), folder)
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

function linkModules(from: string, to: string, folder: string): void {
  mkdirSync(join(to, '@lunarx'), { recursive: true })
  for (const entry of readdirSync(from)) if (entry !== '@lunarx') symlinkSync(join(from, entry), join(to, entry))
  for (const workspace of readdirSync(join(from, '@lunarx'))) {
    const path = ['operator', 'test'].includes(workspace) ? workspace : join('node', workspace)
    symlinkSync(join(folder, path), join(to, '@lunarx', workspace))
    const nested = join(process.cwd(), path, 'node_modules')
    if (existsSync(nested)) symlinkSync(nested, join(folder, path, 'node_modules'))
  }
}
