/**
 * What a command sees of the process it runs in. `main.ts` makes it of the real one.
 *
 * @module
 */
export interface Output {
  /** Resolves when more may be written. */
  write(bytes: Uint8Array | string): Promise<void>
  readonly isTty: boolean
  /** Characters per line. */
  readonly columns: number
}

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: AsyncIterable<Uint8Array>
  /** Results. */
  readonly stdout: Output
  /** Everything else: progress, errors, logs. */
  readonly stderr: Output
  /** Aborted on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  /** How to start this very program again: executable, its options, script. */
  readonly self: readonly [string, ...string[]]
  /** Spans of this process go to a collector. */
  readonly isTraced?: boolean
}
