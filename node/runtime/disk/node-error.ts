/**
 * What the operating system says about a disk, in our codes.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

const FULL_CODES: readonly unknown[] = ['ENOSPC', 'EDQUOT']

/** System error code (`ENOENT`) of an error, if it has one. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** @throws {LunarError} FULL or STORE_FAILED with the system's error as cause */
export function refuse(error: unknown, operation: string, path: string): never {
  const code = systemCode(error)
  throw new LunarError(FULL_CODES.includes(code) ? 'FULL' : 'STORE_FAILED', `disk refused to ${operation}`, {
    cause: error,
    detail: { operation, path, system: code ?? 'unknown' },
  })
}
