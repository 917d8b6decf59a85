/**
 * The tree that a report was made of.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'

export interface Tree {
  /** Twelve hex digits; `+`: it had other changes. */
  readonly commit: string
  /** Of today; ISO 8601, UTC, day. */
  readonly date: string
}

export function thisTree(): Tree {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== ''
  return { commit: `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? '+' : ''}`, date: new Date().toISOString().slice(0, 10) }
}
