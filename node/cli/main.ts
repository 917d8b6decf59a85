#!/usr/bin/env node
/**
 * The `lunarx` command: arguments in, exit code out.
 *
 * @module
 */
import type { WriteStream } from 'node:tty'
import { CommanderError } from 'commander'
import { LunarError } from '@lunarx/core/model'
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts'
import type { Io, Output } from './io.ts'
import { printError } from './output/print-error.ts'
import { makeProgram } from './program.ts'
import { serviceOf, startTracing } from './tracing/start-tracing.ts'

/** Whoever reads our output may leave: a broken pipe ends the command as an error of its own. */
function outputOf(stream: NodeJS.WriteStream & Partial<WriteStream>): Output {
  stream.on('error', () => undefined) // told to whoever writes
  return {
    isTty: stream.isTTY ?? false,
    columns: stream.columns ?? 80,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (cause) => (cause ? reject(new LunarError('STORE_FAILED', 'the output is closed', { cause })) : resolve()))
      }),
  }
}

function interruption(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new LunarError('ABORTED', `stopped by ${name}`)))
  return stop.signal
}

async function main(): Promise<ExitCode> {
  const io: Io = {
    env: process.env,
    stdin: process.stdin,
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    signal: interruption(),
    self: [process.execPath, ...process.execArgv, import.meta.filename],
  }
  try {
    await using tracing = await startTracing(serviceOf(process.argv.slice(2)), process.env)
    await makeProgram({ ...io, isTraced: tracing.isOn }).parseAsync(process.argv)
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    await printError(io, { json: process.argv.includes('--json') }, error)
    return exitCodeOf(error)
  }
}

// not process.exit at once: what was written to a pipe would be lost
process.exitCode = await main()
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
process.exit()
