/**
 * libfaketime, which gives a program that is linked to libc another clock: Debian's package, unpacked, not installed.
 *
 * @module
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { madeOnce } from '../../test/interop/cache.ts'
import { tool } from '../cluster/cluster.ts'

const PACKAGE = 'libfaketime'
const FETCH_MS = 5 * 60_000

/** Path of the library for programs of several threads. @throws {ToolError} no apt-get, or it has no such package */
export async function fakeTimeLibrary(): Promise<string> {
  const folder = await madeOnce(PACKAGE, [process.arch], async (draft) => {
    const unpacked = join(draft, 'unpacked')
    await mkdir(unpacked)
    const shell = `cd "$0" && apt-get download -qq ${PACKAGE} && dpkg-deb -x ${PACKAGE}_*.deb unpacked && cp unpacked/usr/lib/*/faketime/libfaketimeMT.so.1 .`
    await tool('sh', ['-ec', shell, draft], process.env, { timeoutMs: FETCH_MS })
    await rm(unpacked, { recursive: true })
  })
  return join(folder, 'libfaketimeMT.so.1')
}
