#!/usr/bin/env node
/**
 * `lunarx-operator`. SIGTERM and SIGINT end it in good order, with exit status 0.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { pinoLog } from '@lunarx/runtime/log'
import { once } from 'node:events'
import { HELP, readFlags, type Flags } from './flags.ts'
import { startOperator } from './start.ts'

function flagsOrExit(): Flags {
  try {
    return readFlags(process.argv.slice(2), process.env)
  } catch (error) {
    if (!(error instanceof LunarError)) throw error
    console.error(`lunarx-operator: ${error.message} (--help says more)`)
    return process.exit(2)
  }
}

const flags = flagsOrExit()
if (flags.help) {
  console.log(HELP)
  process.exit(0)
}
const log = pinoLog({ level: flags.logLevel })
const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())
const { signal } = stop
try {
  const operator = await startOperator(flags, log, signal)
  log.info('started', { namespace: flags.namespace, watches: flags.watchNamespace ?? 'all namespaces' })
  if (!signal.aborted) await once(signal, 'abort')
  log.info('stopping')
  await operator[Symbol.asyncDispose]()
  process.exit(0)
} catch (error) {
  if (signal.aborted) process.exit(0)
  log.error('cannot go on', { error })
  process.exit(1)
}
