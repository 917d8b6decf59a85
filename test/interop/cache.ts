/**
 * What is costly to make (a Python environment, a Go program) is made once, outside the clone, and found again by what it is made of.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_AGAIN_MS = 200

function cacheFolder(): string {
  const { LUNARX_CACHE, XDG_CACHE_HOME } = process.env
  return join(LUNARX_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lunarx'), 'interop')
}

/**
 * The folder that `make` filled, now or on an earlier run. Of several processes one makes it, the others wait for it.
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
  await mkdir(cacheFolder(), { recursive: true })
  await using _turn = await takeTurn(`${folder}.lock`)
  if (existsSync(folder)) return folder
  const draft = `${folder}.draft`
  await rm(draft, { recursive: true, force: true }) // of a process that was killed
  await mkdir(draft)
  await make(draft)
  await rename(draft, folder)
  return folder
}

/** Holds a lock file with the id of this process; that of a process that is gone counts for nothing. */
async function takeTurn(lock: string): Promise<AsyncDisposable> {
  for (;;) {
    try {
      await writeFile(lock, `${process.pid}`, { flag: 'wx' })
      return { [Symbol.asyncDispose]: () => rm(lock, { force: true }) }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''))
    if (owner > 0 && !isRunning(owner)) await rm(lock, { force: true })
    await sleep(LOOK_AGAIN_MS)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
