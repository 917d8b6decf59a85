/**
 * Logs of a pod: one JSON object per line with `time`, `level`, `message` and the fields.
 *
 * @module
 */
import { destination, type Logger, pino, stdTimeFunctions } from 'pino'
import { plainFields } from './fields.ts'
import type { Fields, Log } from './log.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface PinoOptions {
  readonly level: LogLevel
  /** Where lines go; default: standard error, so that a command's output stays its own. */
  readonly stream?: { write(line: string): void }
}

export function pinoLog({ level, stream }: PinoOptions): Log {
  const options = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return new PinoLog(pino(options, stream ?? destination({ dest: 2, sync: true })))
}

class PinoLog implements Log {
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  debug(message: string, fields?: Fields): void {
    this.#line('debug', message, fields)
  }

  info(message: string, fields?: Fields): void {
    this.#line('info', message, fields)
  }

  warn(message: string, fields?: Fields): void {
    this.#line('warn', message, fields)
  }

  error(message: string, fields?: Fields): void {
    this.#line('error', message, fields)
  }

  with(fields: Fields): Log {
    return new PinoLog(this.#logger.child(plainFields(fields)))
  }

  #line(level: LogLevel, message: string, fields: Fields | undefined): void {
    if (!this.#logger.isLevelEnabled(level)) return
    if (fields) this.#logger[level](plainFields(fields), message)
    else this.#logger[level](message)
  }
}
