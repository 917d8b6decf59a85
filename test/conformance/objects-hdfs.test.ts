import test from 'ava'
import { LIST_LIMIT, startHdfs } from '../../hack/servers/hdfs.ts'
import { scratchFolder } from '../interop/scratch.ts'
import { openRoot, Roots } from './objects-hdfs.ts'
import { objectsConformance } from './objects.ts'
import { remoteShards } from './shards-remote.ts'
import { shardsConformance } from './shards.ts'

const opened = new AsyncDisposableStack()
let roots: Roots

test.before('HDFS starts', async () => {
  const { path } = opened.use(await scratchFolder())
  roots = new Roots(opened.use(await startHdfs({ folder: path, nameNodes: 1, dataNodes: 3, replication: 3 })))
})
test.after.always('HDFS stops', () => opened.disposeAsync())

const makeFixture = async () => {
  const backend = await roots.make()
  const [{ objects }, { objects: others }] = [await openRoot(backend), await openRoot(backend)]
  return {
    objects,
    others,
    async [Symbol.asyncDispose]() {
      await objects[Symbol.asyncDispose]()
      await others[Symbol.asyncDispose]()
    },
  }
}

objectsConformance(test, 'a folder of HDFS', makeFixture, { manyNames: 2 * LIST_LIMIT + 5 })

shardsConformance(test, 'in a folder of HDFS', async () => {
  const { objects } = await openRoot(await roots.make())
  return remoteShards(objects)
})
