/**
 * Whole small files in terms of open, sync and rename: the same for every disk.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Disk } from './disk.ts'
import { folderOf } from './path.ts'

const MAX_FILE_BYTES = 16 * 1024 * 1024

export async function readWholeFile(disk: Pick<Disk, 'open'>, path: string): Promise<Uint8Array | undefined> {
  await using file = await disk.open(path, 'read')
  if (!file) return undefined
  const size = await file.size()
  if (size > MAX_FILE_BYTES)
    throw new LunarError('STORE_FAILED', 'file is too large to be read at once', { detail: { path, sizeBytes: size } })
  const bytes = new Uint8Array(size)
  let at = 0
  while (at < size) {
    const read = await file.read(bytes.subarray(at), at)
    if (read === 0) break
    at += read
  }
  return bytes.subarray(0, at)
}

/** A reader, also after a crash, finds the bytes of before or these, never a part. One writer per path at a time. */
export async function replaceFileDurably(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.part`
  {
    await using file = await disk.open(part, 'create')
    await file.truncate(0)
    await file.write(bytes, 0)
    await file.sync()
  }
  await disk.rename(part, path)
  await disk.syncFolder(folderOf(path))
}
