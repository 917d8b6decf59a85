/**
 * A file that is not there yet, readable by its owner alone: nothing is overwritten.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { EXIT, RefusedError } from './exit-codes.ts'

/** @throws {RefusedError} it is there, or cannot be written */
export async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new RefusedError(EXIT.failure, `cannot write ${file}: ${String(cause)}`)
  }
}
