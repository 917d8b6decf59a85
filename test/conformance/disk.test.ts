import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeDisk, SimulatedDisk } from '@lunarx/runtime/disk'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { diskConformance } from './disk.ts'

diskConformance(test, "the machine's disk", async () => {
  const root = await mkdtemp(join(tmpdir(), 'lunarx-disk-'))
  return { disk: new NodeDisk(root), [Symbol.asyncDispose]: () => rm(root, { recursive: true }) }
})

diskConformance(test, 'the simulated disk', async () => ({
  disk: new SimulatedDisk({ random: new SeededRandom(1) }),
  [Symbol.asyncDispose]: async () => undefined,
}))
