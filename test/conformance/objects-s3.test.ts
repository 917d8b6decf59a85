import { join } from 'node:path'
import test from 'ava'
import { startMinio } from '../../hack/servers/minio.ts'
import type { S3Server } from '../../hack/servers/s3-server.ts'
import { startVersitygw } from '../../hack/servers/versitygw.ts'
import { scratchFolder } from '../interop/scratch.ts'
import { Buckets, openBucket } from './objects-s3.ts'
import { objectsConformance } from './objects.ts'
import { remoteShards } from './shards-remote.ts'
import { shardsConformance } from './shards.ts'

const SERVERS: Readonly<Record<string, (folder: string) => Promise<S3Server>>> = {
  MinIO: (folder) => startMinio({ folder, drives: 1, parity: 0 }),
  versitygw: startVersitygw,
}

for (const [name, start] of Object.entries(SERVERS)) {
  const opened = new AsyncDisposableStack()
  let buckets: Buckets

  test.before(`${name} starts`, async () => {
    const { path } = opened.use(await scratchFolder())
    buckets = await Buckets.open(opened.use(await start(join(path, 'server'))), path)
  })
  test.after.always(`${name} stops`, () => opened.disposeAsync())

  objectsConformance(test, `a bucket of ${name}`, async () => {
    const backend = await buckets.make()
    const prefix = 'a-network/pool-0'
    const [{ objects }, { objects: others }] = [await openBucket({ ...backend, prefix }), await openBucket({ ...backend, prefix })]
    return {
      objects,
      others,
      async [Symbol.asyncDispose]() {
        await objects[Symbol.asyncDispose]()
        await others[Symbol.asyncDispose]()
      },
    }
  })

  shardsConformance(test, `in a bucket of ${name}`, async () => {
    const { objects } = await openBucket(await buckets.make())
    return remoteShards(objects)
  })
}
