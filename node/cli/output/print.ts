/**
 * Results on standard output: text for people, one JSON value per line with `--json`.
 *
 * @module
 */
import type { Io } from '../io.ts'

export interface PrintOptions {
  readonly json?: boolean | undefined
}

export async function print(io: Pick<Io, 'stdout'>, { json }: PrintOptions, value: unknown, text: string): Promise<void> {
  await io.stdout.write(`${json ? JSON.stringify(value) : text}\n`)
}
