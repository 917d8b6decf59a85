/**
 * The `lunarx` command line: its commands, and what it says of itself.
 *
 * @module
 */
import { Command } from 'commander'
import { addAdmin } from './commands/admin.ts'
import { addDev } from './commands/dev.ts'
import { addGc } from './commands/gc.ts'
import { addGet } from './commands/get.ts'
import { addKey } from './commands/key.ts'
import { addLease } from './commands/lease.ts'
import { addLs } from './commands/ls.ts'
import { addPut } from './commands/put.ts'
import { addRestore } from './commands/restore.ts'
import { addRm } from './commands/rm.ts'
import { addRun } from './commands/run.ts'
import { addShare } from './commands/share.ts'
import { addStat } from './commands/stat.ts'
import { addStatus } from './commands/status.ts'
import { addVerify } from './commands/verify.ts'
import { EXIT_MEANINGS } from './exit-codes.ts'
import type { Io } from './io.ts'

const COMMANDS = [
  addPut,
  addGet,
  addLs,
  addStat,
  addRm,
  addRestore,
  addGc,
  addLease,
  addShare,
  addStatus,
  addVerify,
  addKey,
  addRun,
  addAdmin,
  addDev,
]

export function makeProgram(io: Io): Command {
  const program = new Command('lunarx')
    .description('Encrypted objects on an untrusted fleet: store and read them, run its parts, try it on one machine.')
    .addHelpText('after', `\nExit codes:\n${exitCodeLines().join('\n')}\n\nEnvironment:\n${VARIABLES.join('\n')}`)
    .exitOverride()
    .showHelpAfterError('(add --help for what is possible)')
    .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: (text) => void io.stderr.write(text) })
  for (const add of COMMANDS) add(program, io)
  return program
}

export function* withSubcommands(command: Command): Generator<Command> {
  for (const sub of command.commands) {
    yield sub
    yield* withSubcommands(sub)
  }
}

const exitCodeLines = (): string[] => Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)

const VARIABLES = [
  '  LUNARX_CONFIG      network.json of the network: key of ConfigMap <network>-client',
  '  LUNARX_OWNER_FILE  owner secret; others may not read it',
  '  LUNARX_TOKEN_FILE  token to enrol with: a projected service-account token, or one of lunarx dev',
  '  LUNARX_STATE_DIR   identity and credential of this client (~/.lunarx)',
  '  LUNARX_LOG         log level of client commands: debug, info, warn, error (error)',
  '  OTEL_EXPORTER_OTLP_ENDPOINT  collector that traces are sent to (none); docs/OBSERVABILITY.md',
]
