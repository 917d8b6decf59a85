/**
 * Structured logs: a constant message and fields. Secrets are never fields.
 *
 * @module
 */
export type Fields = Readonly<Record<string, unknown>>

export interface Log {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /** A log that adds these fields to every line. */
  with(fields: Fields): Log
}
