/**
 * A file system of its own in a file: ext4 by a loop device, so that it is as large as is said and no larger. Needs the rights to mount.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { MIB } from './workbench.ts'

export interface Mounted extends AsyncDisposable {
  readonly folder: string
}

/** @param folder made here; the file lies beside it. @throws {Error} this user may not mount */
export async function mountExt4(folder: string, sizeMib: number): Promise<Mounted> {
  const image = `${folder}.ext4`
  writeFileSync(image, '')
  {
    // written in full: a block that the file system writes later is not allocated below it first
    await using file = await open(image, 'r+')
    for (let at = 0; at < sizeMib; at++) await file.write(new Uint8Array(MIB), 0, MIB, at * MIB)
    await file.sync()
  }
  mkdirSync(folder)
  // without blocks that only root may use
  execFileSync('mkfs.ext4', ['-q', '-m', '0', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image])
  execFileSync('mount', ['-o', 'loop', image, folder])
  // lazily: a program that was stopped may take a moment to let go of it
  return { folder, [Symbol.asyncDispose]: async () => void execFileSync('umount', ['--lazy', folder]) }
}
