/**
 * What is costly to make (a Python environment, a Go program) is made once, outside the clone, and found again by what it is made of.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

function cacheFolder(): string {
  const { LUNARX_CACHE, XDG_CACHE_HOME } = process.env
  return join(LUNARX_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lunarx'), 'interop')
}

/**
 * The folder that `make` filled, now or on an earlier run. Safe with several processes: the first to finish wins.
 * @param madeOf everything that the result depends on
 */
export async function madeOnce(
  name: string,
  madeOf: readonly (string | Uint8Array)[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256')
  for (const part of madeOf) hash.update(part).update('\0')
  const folder = join(cacheFolder(), `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  const draft = `${folder}.${process.pid}`
  await mkdir(draft, { recursive: true })
  try {
    await make(draft)
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
