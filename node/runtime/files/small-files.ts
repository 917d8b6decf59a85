/**
 * Small files at places that the user names: configuration, owner secret, tokens. Volumes of roles are `Disk`s, never this.
 *
 * @module
 */
import { mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LunarError } from '@lunarx/core/model'

const MAX_BYTES = 4 * 1024 * 1024
/** Others may neither read nor write, the group may not write: a pod reads a Secret by its group. */
const FORBIDDEN_MODE = 0o027

/** @throws {LunarError} BAD_CONFIG */
export async function readSmallFile(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file)
    if (size > MAX_BYTES) throw new RangeError(`${size} bytes`)
    return await readFile(file)
  } catch (cause) {
    throw new LunarError('BAD_CONFIG', `cannot read ${file}`, { cause, detail: { file } })
  }
}

/** Path of another file in the folder of this one. */
export const besideFile = (file: string, name: string): string => join(dirname(file), name)

/** True for what `readSmallFile` throws where there is no file. */
export const isMissingFile = (error: unknown): boolean =>
  error instanceof LunarError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'

/** @throws {LunarError} BAD_CONFIG, also for a file that others may read */
export async function readSecretFile(file: string): Promise<Uint8Array> {
  const bytes = await readSmallFile(file)
  const { mode } = await stat(file)
  if (mode & FORBIDDEN_MODE)
    throw new LunarError('BAD_CONFIG', `${file} is open to others: chmod 600 it (in a pod: defaultMode 0440)`, {
      detail: { file, mode: (mode & 0o777).toString(8) },
    })
  return bytes
}

/** Makes the file, mode 0600, and its folder; never replaces one. @throws {LunarError} BAD_CONFIG */
export async function writeNewSecretFile(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await using handle = await open(file, 'wx', 0o600)
    await handle.writeFile(text)
    await handle.sync()
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new LunarError('BAD_CONFIG', isThere ? `${file} exists and is not replaced` : `cannot write ${file}`, { cause, detail: { file } })
  }
}
