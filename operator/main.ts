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
try {
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  const operator = await startOperator(flags, log)
  log.info('started', { namespace: flags.namespace, watches: flags.watchNamespace ?? 'all namespaces' })
  await stopped
  log.info('stopping')
  await operator[Symbol.asyncDispose]()
  process.exit(0)
} catch (error) {
  log.error('cannot go on', { error })
  process.exit(1)
}
