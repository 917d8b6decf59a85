/**
 * Objects in a bucket.
 *
 * @module
 */
import { textOf } from '@lunarx/core/model'
import type { S3Backend } from '@lunarx/core/membership'
import { readSmallFile } from '../../files/small-files.ts'
import { OBJECT_LIMITS } from '../limits.ts'
import type { Objects } from '../objects.ts'
import { SteadyObjects, type SteadyOptions } from '../steady.ts'
import { connectionOf } from './client.ts'
import { S3Credentials } from './credentials.ts'
import { S3Attempts } from './s3-attempts.ts'

/** Asks the server nothing yet. @throws {LunarError} BAD_CONFIG: credentials or certificate authorities cannot be read */
export async function openS3(backend: S3Backend, options: Omit<SteadyOptions, 'backend'>): Promise<Objects> {
  const { clock } = options
  const credentials = new S3Credentials(backend.credentialsFolder, clock)
  await credentials.current()
  const ca = backend.caFile === undefined ? undefined : textOf(await readSmallFile(backend.caFile))
  const connection = connectionOf(backend, ca, OBJECT_LIMITS.concurrent)
  return new SteadyObjects(new S3Attempts({ backend, credentials, connection, clock }), { ...options, backend: 's3' })
}
