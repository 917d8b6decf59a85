/**
 * The folder of one benchmark, on the disk of the temporary folder: removed at the end, however that comes, signals included. A
 * benchmark that takes longer than its limit ends as a failure.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHUNK_BYTES = 1024 * 1024
export const MIB = 1024 * 1024
/** Rates and CPU seconds are per 10⁹ bytes. */
export const GB = 1_000_000_000

export interface Workbench {
  readonly folder: string
  /** Disposed before the folder is removed. */
  readonly opened: AsyncDisposableStack
  /** Aborted when the benchmark ends, however that comes. */
  readonly signal: AbortSignal
}

/** @throws {Error} not done within `limitMs`, or stopped by a signal */
export async function atWorkbench<T>(limitMs: number, work: (workbench: Workbench) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-bench-'))
  const opened = new AsyncDisposableStack()
  const ending = new AbortController()
  const { promise: interrupted, reject } = Promise.withResolvers<never>()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const stop = (signal: NodeJS.Signals): void => reject(new Error(`stopped by ${signal}`))
  for (const signal of signals) process.once(signal, stop)
  const limit = setTimeout(() => reject(new Error(`the benchmark is not done within ${limitMs / 60_000} minutes`)), limitMs)
  try {
    return await Promise.race([work({ folder, opened, signal: ending.signal }), interrupted])
  } finally {
    clearTimeout(limit)
    for (const signal of signals) process.off(signal, stop)
    ending.abort()
    await opened.disposeAsync()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Writes random bytes. @returns their SHA-256 */
export async function writeRandom(file: string, sizeBytes: number): Promise<string> {
  const hash = createHash('sha256')
  await using handle = await open(file, 'w')
  for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES) {
    const chunk = randomBytes(Math.min(left, CHUNK_BYTES))
    hash.update(chunk)
    await handle.writeFile(chunk)
  }
  return hash.digest('hex')
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** @throws {Error} other bytes than were stored: no figure is worth anything then */
export function mustBe(found: string | undefined, stored: string, who: string): void {
  if (found !== stored) throw new Error(`${who} gave back other bytes than were stored`)
}
