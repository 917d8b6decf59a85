/**
 * The bytes of an upload: hash what is there, append what comes, sync now and then.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { AddressHasher } from '@lunarx/core/merkle'
import { hasCode, LunarError } from '@lunarx/core/model'
import type { Body } from '@lunarx/net/peers'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Held, Reservations } from '../reserve/index.ts'
import type { Upload } from '../store/index.ts'
import { chunksUntil } from './body.ts'

export interface AppendDeps {
  readonly reservations: Reservations
  readonly crypto: CryptoEngine
}

/**
 * Appends the body at `offset`; what lay behind that is dropped.
 * @returns the hasher over the whole shard
 * @throws {LunarError} BAD_MESSAGE (offset or length), INTERRUPTED with `receivedBytes` when the body ended early, FULL, STORE_FAILED
 */
export async function appendBody(
  held: Held,
  upload: Upload,
  offset: number,
  body: Body,
  signal: AbortSignal,
  deps: AppendDeps,
): Promise<AddressHasher> {
  const { sizeBytes } = held.reservation
  if (offset > held.receivedBytes)
    throw new LunarError('BAD_MESSAGE', 'the offset is behind what arrived', { detail: { offset, receivedBytes: held.receivedBytes } })
  await upload.truncate(offset)
  held.receivedBytes = offset
  if (offset < held.syncedBytes) await deps.reservations.checkpoint(held, offset)
  const hasher = await hashPrefix(upload, offset, deps.crypto)
  try {
    for await (const chunk of chunksUntil(body, signal)) {
      if (held.receivedBytes + chunk.length > sizeBytes)
        throw new LunarError('BAD_MESSAGE', 'the body is longer than the shard', { detail: { sizeBytes } })
      const written = upload.write(chunk, held.receivedBytes)
      hasher.update(chunk) // while the disk is at work
      await written
      held.receivedBytes += chunk.length
      if (held.receivedBytes - held.syncedBytes >= PROVIDER_LIMITS.checkpointBytes && held.receivedBytes < sizeBytes)
        await checkpoint(held, upload, deps)
    }
  } catch (cause) {
    // a checkpoint that fails costs bytes of the next try, nothing else
    await checkpoint(held, upload, deps).catch(() => undefined)
    throw hasCode(cause, 'BAD_MESSAGE', 'FULL', 'STORE_FAILED', 'TOO_MANY_REQUESTS') ? cause : interrupted(held, cause)
  }
  if (held.receivedBytes === sizeBytes) return hasher
  await checkpoint(held, upload, deps)
  throw interrupted(held)
}

async function checkpoint(held: Held, upload: Upload, { reservations }: AppendDeps): Promise<void> {
  await upload.sync()
  await reservations.checkpoint(held, held.receivedBytes)
}

async function hashPrefix(upload: Upload, lengthBytes: number, crypto: CryptoEngine): Promise<AddressHasher> {
  const hasher = new AddressHasher(crypto)
  const buffer = new Uint8Array(Math.min(PROVIDER_LIMITS.chunkBytes, lengthBytes))
  while (hasher.sizeBytes < lengthBytes) {
    const wanted = Math.min(buffer.length, lengthBytes - hasher.sizeBytes)
    const read = await upload.read(buffer.subarray(0, wanted), hasher.sizeBytes)
    if (read === 0) throw new LunarError('STORE_FAILED', 'an upload is shorter than it was')
    hasher.update(buffer.subarray(0, read))
  }
  return hasher
}

const interrupted = ({ receivedBytes }: Held, cause?: unknown): LunarError =>
  new LunarError('INTERRUPTED', 'the body ended before the shard was complete', { detail: { receivedBytes }, cause })
