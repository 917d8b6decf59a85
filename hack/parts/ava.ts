/**
 * Runs ava over some files and counts its TAP output: ava's own closing line says "3 tests passed" and counts todos as failures.
 *
 * @module
 */
import { resolve } from 'node:path'
import { run } from './run.ts'
import type { Tally } from './tally.ts'

export interface AvaOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** One file at a time, for tests that share a cluster. */
  readonly serial?: boolean
  /** Only titles that match. */
  readonly match?: string
  /** Print every test as it ends, not only failures. */
  readonly verbose?: boolean
  readonly quiet?: boolean
  readonly timeout?: string
  /** Called as each test ends. */
  readonly onTest?: (title: string, isPassed: boolean) => void
}

/** Each file runs in a process of its own; most of what it loads was compiled by the one before. */
const COMPILED = resolve('node_modules/.cache/lunarx/compiled')

interface TapLine {
  readonly ok: boolean
  readonly title: string
  readonly directive: string | undefined
}

/** `# SKIP` and `# TODO` are TAP's own directives: such tests are reported as skipped, not counted. */
export function parseTapLine(line: string): TapLine | undefined {
  const found = /^(ok|not ok) \d+ - (.*?)(?: # (SKIP|TODO).*)?$/.exec(line)
  if (!found) return undefined
  const [, verdict, title = '', directive] = found
  return { ok: verdict === 'ok', title, directive }
}

export async function runAva(files: readonly string[], options: AvaOptions = {}): Promise<Tally> {
  const args = ['--tap', ...(options.serial ? ['--concurrency=1'] : []), ...(options.timeout ? [`--timeout=${options.timeout}`] : [])]
  if (options.match) args.push(`--match=${options.match}`)
  let passed = 0
  const failures: string[] = []
  const skipped: string[] = []
  let inFailure = false
  const onLine = (line: string): void => {
    const tap = parseTapLine(line)
    if (tap) {
      inFailure = !tap.ok && tap.directive === undefined
      if (tap.directive === undefined) options.onTest?.(tap.title, tap.ok)
      if (tap.directive !== undefined) skipped.push(`${tap.title} (marked ${tap.directive.toLowerCase()} in the test file)`)
      else if (tap.ok) passed++
      else failures.push(tap.title)
      if (!options.quiet && (options.verbose || inFailure)) console.log(`${tap.ok ? '  ✔' : '  ✘'} ${tap.title}`)
    } else if (inFailure && !options.quiet) console.log(line)
    else if (line.startsWith('# ') && options.verbose && !/^# (tests|pass|skip|fail) /.test(line)) console.log(line)
  }
  const ran = await run('ava', [...args, ...files], {
    onLine,
    ...(options.cwd ? { cwd: options.cwd } : {}),
    env: { NODE_COMPILE_CACHE: COMPILED, ...(options.env ?? process.env) },
  })
  // ava fails without a "not ok" line when a file matches nothing or does not load.
  if (ran.code !== 0 && failures.length === 0) {
    failures.push(`ava exited with ${ran.code} over ${files.join(' ')}`)
    if (!options.quiet) console.log(ran.output.split('\n').slice(-40).join('\n'))
  }
  if (ran.code === 0 && passed === 0) failures.push(`no test ran in ${files.join(' ')}`)
  return { passed, failed: failures.length, failures, skipped }
}
