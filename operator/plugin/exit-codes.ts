/**
 * Exit codes of `kubectl lunarx`: part of its interface, listed in its help and in docs/KUBECTL.md.
 *
 * @module
 */
import { hasCode } from '@lunarx/core/model'

export const EXIT = { ok: 0, failure: 1, usage: 2, degraded: 3, notReady: 4, lost: 5, notFound: 6 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done; of status: healthy; of verify: all agrees',
  1: 'failed: the cluster cannot be asked, or refused; of verify: something does not agree',
  2: 'wrong arguments, or no such network or pod',
  3: 'status: something is missing; objects can be put and read. audit: a provider has lost its standing, or shards count as missing',
  4: 'status: objects cannot be put, or cannot be read; or nobody knows, for no operator works',
  5: 'status: of some sets too few shards are left',
  6: 'transcript: no tracker has it, and all were asked',
}

/** What the caller must change; ends the program with its exit code. */
export class RefusedError extends Error {
  readonly exit: ExitCode
  constructor(exit: ExitCode, message: string) {
    super(message)
    this.name = 'RefusedError'
    this.exit = exit
  }
}

/** Of what a command threw. */
export const exitOf = (error: unknown): ExitCode =>
  error instanceof RefusedError ? error.exit : hasCode(error, 'TRANSCRIPT_NOT_FOUND') ? EXIT.notFound : EXIT.failure
