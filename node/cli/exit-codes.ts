/**
 * Exit codes: part of the interface, listed in `lunarx --help` and docs/CLI.md.
 *
 * @module
 */
import { LunarError, type ErrorCode } from '@lunarx/core/model'

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  wrongKey: 4,
  unavailable: 5,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'failed; the message names an error code',
  2: 'wrong arguments or configuration',
  3: 'no object of this name',
  4: 'wrong owner secret or recovery words',
  5: 'the network, or enough of it, cannot be reached; trying again may help',
  130: 'interrupted',
}

const BY_CODE: Partial<Readonly<Record<ErrorCode, ExitCode>>> = {
  ABORTED: EXIT.interrupted,
  BAD_CONFIG: EXIT.usage,
  BAD_GRANTEE: EXIT.usage,
  BAD_NAME: EXIT.usage,
  BAD_POLICY: EXIT.usage,
  BAD_RANGE: EXIT.usage,
  UNKNOWN_CLASS: EXIT.usage,
  UNKNOWN_NETWORK: EXIT.usage,
  NAME_NOT_FOUND: EXIT.notFound,
  VERSION_NOT_FOUND: EXIT.notFound,
  WRONG_KEY: EXIT.wrongKey,
  BAD_WORDS: EXIT.wrongKey,
  INTERRUPTED: EXIT.unavailable,
  NO_ROOM: EXIT.unavailable,
  NOT_ENOUGH_HOLDERS: EXIT.unavailable,
  NOT_ENOUGH_REPLICAS: EXIT.unavailable,
  NOT_ENOUGH_TRACKERS: EXIT.unavailable,
  PEER_UNREACHABLE: EXIT.unavailable,
  TIMEOUT: EXIT.unavailable,
  TOO_FEW_SHARDS: EXIT.unavailable,
  UNKNOWN_EXCHANGE: EXIT.unavailable,
}

export const exitCodeOf = (error: unknown): ExitCode => (error instanceof LunarError && BY_CODE[error.code]) || EXIT.failure
