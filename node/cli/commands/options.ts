/**
 * What commands have in common: options, their types, and how a command is added to the program.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { PrintOptions } from '../output/print.ts'
import type { SessionOptions } from '../session/open-session.ts'

/** Adds one command. What it runs on is imported when it runs: `lunarx key` needs no libp2p, and `lunarx ls` no roles. */
export type AddCommand = (program: Command, io: Io) => void

export type ClientOptions = SessionOptions & PrintOptions

export const jsonOption = (command: Command): Command => command.option('--json', 'results, and errors, as JSON, one value per line')

/** Options of commands that speak to the network. */
export const networkOptions = (command: Command): Command =>
  jsonOption(command)
    .option('--config <file>', 'network.json of the network (default: LUNARX_CONFIG)')
    .option('--token-file <file>', 'token to enrol with (default: LUNARX_TOKEN_FILE)')
    .option('--state-dir <folder>', 'identity and credential of this client (default: LUNARX_STATE_DIR, else ~/.lunarx)')

/** Options of commands that need the owner's keys. */
export const ownerOptions = (command: Command): Command =>
  networkOptions(command).option('--owner-file <file>', 'owner secret (default: LUNARX_OWNER_FILE)')

export const examples = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`)
