/**
 * The files that `put` reads and `get` writes, `-` being standard input and output.
 *
 * @module
 */
import { open, rename, rm } from 'node:fs/promises'
import { LunarError } from '@lunarx/core/model'
import type { Io } from '../io.ts'

const CHUNK_BYTES = 1024 * 1024

export interface ByteSource {
  /** undefined for a pipe. */
  readonly sizeBytes: number | undefined
  /** One buffer, reused: a chunk is good until the next is pulled. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** @throws {LunarError} BAD_CONFIG when there is no such file */
export async function openSource(file: string, io: Pick<Io, 'stdin'>): Promise<ByteSource & AsyncDisposable> {
  if (file === '-') return { sizeBytes: undefined, bytes: io.stdin, [Symbol.asyncDispose]: async () => undefined }
  try {
    const handle = await open(file, 'r')
    const info = await handle.stat()
    if (info.isDirectory()) {
      await handle.close()
      throw new RangeError('a folder')
    }
    return { sizeBytes: info.isFile() ? info.size : undefined, bytes: chunksOf(handle), [Symbol.asyncDispose]: () => handle.close() }
  } catch (cause) {
    throw new LunarError('BAD_CONFIG', `cannot read ${file}`, { cause, detail: { file } })
  }
}

async function* chunksOf(handle: Awaited<ReturnType<typeof open>>): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(CHUNK_BYTES)
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/**
 * Writes all of it; a file gets its name only when it is complete.
 * @throws {LunarError} STORE_FAILED; what reading `bytes` throws, and then no file is left
 */
export async function writeSink(file: string, bytes: AsyncIterable<Uint8Array>, io: Pick<Io, 'stdout'>): Promise<void> {
  if (file === '-') {
    for await (const chunk of bytes) await io.stdout.write(chunk)
    return
  }
  const part = `${file}.part`
  try {
    {
      await using handle = await open(part, 'w').catch((cause: unknown) => refuse(file, cause))
      for await (const chunk of bytes) await handle.writeFile(chunk).catch((cause: unknown) => refuse(file, cause))
    }
    await rename(part, file).catch((cause: unknown) => refuse(file, cause))
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

function refuse(file: string, cause: unknown): never {
  throw new LunarError('STORE_FAILED', `cannot write ${file}`, { cause, detail: { file } })
}
