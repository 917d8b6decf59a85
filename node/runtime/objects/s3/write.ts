/**
 * Writing one object: in one request, or in parts of which nothing is visible before the last request.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { LunarError } from '@lunarx/core/model'
import type { SignedClient } from './client.ts'
import { partsOf } from './parts.ts'

/** Larger objects go in parts of this size; S3 takes none below 5 MiB but the last. One is kept in memory for each object under way. */
export const PART_BYTES = 8 * 1024 * 1024

export interface Place {
  readonly bucket: string
  readonly key: string
}

/** What the server said of the object that it stored. */
export interface Written {
  /** Entity tag. */
  readonly etag: string
  /** SHA-256, base64, if it is one of the whole object. */
  readonly sha256: string | undefined
}

/** Headers of a conditional write. */
export const ONLY_NEW = { 'if-none-match': '*' } as const

/** In one request. */
export async function writeWhole(
  client: SignedClient,
  { bucket, key }: Place,
  payload: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Written> {
  const hash = createHash('sha256').update(payload).digest()
  const sha256 = hash.toString('base64')
  const answer = await client.makeRequestStreamAsync(
    {
      method: 'PUT',
      bucketName: bucket,
      objectName: key,
      headers: { ...headers, 'content-length': `${payload.length}`, 'x-amz-checksum-sha256': sha256 },
    },
    payload,
    hash.toString('hex'),
    [200],
    '',
  )
  answer.resume()
  return { etag: checkTag(answer.headers.etag), sha256 }
}

/** In parts, one after the other. `giveUp` is called with the upload id if it does not come to an end. */
export async function writeParts(
  client: SignedClient,
  { bucket, key }: Place,
  bytes: AsyncIterable<Uint8Array>,
  giveUp: (uploadId: string) => Promise<void>,
): Promise<Written> {
  const uploadId = await client.initiateNewMultipartUpload(bucket, key, {})
  try {
    const parts: { part: number; etag: string }[] = []
    for await (const payload of partsOf(bytes, PART_BYTES)) {
      const part = {
        bucketName: bucket,
        objectName: key,
        uploadID: encodeURIComponent(uploadId),
        partNumber: parts.length + 1,
        headers: {},
      }
      parts.push({ part: part.partNumber, etag: checkTag((await client.uploadPart(part, payload)).etag) })
    }
    const { etag } = await client.completeMultipartUpload(bucket, key, uploadId, parts)
    return { etag: checkTag(etag), sha256: undefined }
  } catch (error) {
    await giveUp(uploadId)
    throw error
  }
}

/** Without its quotes. */
export const bareTag = (etag: string | undefined): string => (etag ?? '').replace(/^"|"$/g, '')

function checkTag(etag: string | undefined): string {
  const bare = bareTag(etag)
  if (bare === '') throw new LunarError('STORE_FAILED', 'the backend does not say what it stored', { detail: { operation: 'put' } })
  return bare
}
