/**
 * The trace of a simulation: the last lines of all machines, and a hash over every line there ever was. Two runs of one seed must
 * end with the same hash.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../clock/clock.ts'
import { plainFields } from './fields.ts'
import type { Fields, Log } from './log.ts'

/** Lines that are kept; older ones only live on in the hash. */
const MAX_LINES = 20_000

export class Trace {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #hash = createHash('sha256')
  readonly #lines: string[] = []
  #total = 0

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock
  }

  /** Lines so far, forgotten ones included. */
  get total(): number {
    return this.#total
  }

  add(source: string, text: string): void {
    const line = `${(this.#clock.elapsed() / 1000).toFixed(3).padStart(10)} ${source.padEnd(12)} ${text}`
    this.#hash.update(line).update('\n')
    this.#lines[this.#total++ % MAX_LINES] = line
  }

  /** The log of one machine, all levels. */
  log(source: string): Log {
    return new TraceLog(this, source, {})
  }

  /** The last lines, oldest first. */
  tail(count: number = MAX_LINES): string[] {
    const kept = Math.min(count, this.#lines.length)
    return Array.from({ length: kept }, (_, i) => this.#lines[(this.#total - kept + i) % MAX_LINES] ?? '')
  }

  /** Of all lines so far. Lower-case hex. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}

/** Stacks name lines of code, not what happened: two versions of one story may differ in them. */
const withoutStacks = (key: string, value: unknown): unknown => (key === 'stack' ? undefined : value)

class TraceLog implements Log {
  readonly #trace: Trace
  readonly #source: string
  readonly #fields: Fields

  constructor(trace: Trace, source: string, fields: Fields) {
    this.#trace = trace
    this.#source = source
    this.#fields = fields
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
    return new TraceLog(this.#trace, this.#source, { ...this.#fields, ...fields })
  }

  #line(level: string, message: string, fields: Fields | undefined): void {
    const plain = plainFields({ ...this.#fields, ...fields })
    this.#trace.add(this.#source, `${level.padEnd(5)} ${message} ${JSON.stringify(plain, withoutStacks)}`)
  }
}
