#!/usr/bin/env node
/**
 * `kubectl-lunarx`, which kubectl runs as `kubectl lunarx`.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { SystemClock } from '@lunarx/runtime/clock'
import { Connection, KubeClient, KubeMetrics } from '../kube/index.ts'
import { readArguments, type Asked } from './arguments.ts'
import { COMMANDS } from './commands.ts'
import { complete } from './completion.ts'
import type { Context } from './context.ts'
import { execByKubectl } from './exec.ts'
import { EXIT, exitOf, RefusedError, type ExitCode } from './exit-codes.ts'
import { commandHelp, generalHelp } from './help.ts'

const print = (text: string): void => {
  process.stdout.write(text)
}

/** The kubeconfig is read when the cluster is first asked for: without one, what needs no cluster works. */
function open(words: readonly string[], flags: Context['flags']): Context & Disposable {
  const text = (name: string): string | undefined => (typeof flags[name] === 'string' ? flags[name] : undefined)
  let opened: Connection | undefined
  const connect = (): Connection => (opened ??= new Connection(new KubeMetrics(), text('kubeconfig'), text('context')))
  return {
    get connection() {
      return connect()
    },
    get client() {
      return new KubeClient(connect())
    },
    exec: execByKubectl(['kubeconfig', 'context'].flatMap((name) => (text(name) === undefined ? [] : [`--${name}=${text(name)}`]))),
    get namespace() {
      return text('namespace') ?? connect().namespace
    },
    network: text('network'),
    isJson: flags['output'] === 'json',
    words,
    flags,
    nowMs: Date.now(),
    clock: new SystemClock(),
    print,
    [Symbol.dispose]: () => opened?.[Symbol.dispose](),
  }
}

async function run(asked: Asked): Promise<ExitCode> {
  if (asked.kind === 'help') {
    print(asked.command === undefined ? generalHelp() : commandHelp(asked.command))
    return EXIT.ok
  }
  using context = open(asked.words, asked.flags)
  if (asked.kind === 'run') return asked.command.run(context)
  await complete(context, COMMANDS)
  return EXIT.ok
}

try {
  process.exitCode = await run(readArguments(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof RefusedError) && !(error instanceof LunarError)) throw error
  const code = error instanceof LunarError ? `${error.code}: ` : ''
  const hint = exitOf(error) === EXIT.usage ? ' (--help says more)' : ''
  process.stderr.write(`kubectl lunarx: ${code}${error.message}${hint}\n`)
  process.exitCode = exitOf(error)
}
