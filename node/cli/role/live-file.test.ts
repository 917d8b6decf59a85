import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { devMembers, devNetwork } from '../dev/members.ts'
import { followFile } from './live-file.ts'
import { OUTSIDE_FILE } from './outside-file.ts'
import { QUOTA_FILE } from './quota-file.ts'

const network = devNetwork(devMembers({ providers: 3, trackers: 1, survive: 1, basePort: 1000 }), { survive: 1 }, '0'.repeat(64), undefined)
const at = (host: string) => ({ host, controlPort: 30_001, dataPort: 30_002 })

test('outside.json beside network.json is read again when it has changed; one that is no JSON changes nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-outside-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const clock = new SimulatedClock()
  const file = join(folder, 'outside.json')
  const write = (host: string) => writeFile(file, JSON.stringify({ ...network, outside: [{ host: 'p0', at: at(host) }] }))
  const read = followFile(OUTSIDE_FILE, { networkFile: join(folder, 'network.json') }, { clock, log: new Trace(clock).log('tracker') })
  const next = async () => {
    await clock.runFor(5_000)
    return [...(await read())]
  }
  t.deepEqual(await next(), [])
  await write('a')
  t.deepEqual([...(await read())], [], 'not so soon')
  t.deepEqual(await next(), [['p0', at('a')]])
  await write('b')
  t.deepEqual(await next(), [['p0', at('b')]])
  await writeFile(file, '{')
  t.deepEqual(await next(), [['p0', at('b')]])
  await rm(file)
  t.deepEqual(await next(), [])
})

test('quota.json: what the shards of the network may take, as much as they like without it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-quota-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const clock = new SimulatedClock()
  const read = followFile(QUOTA_FILE, { networkFile: join(folder, 'network.json') }, { clock, log: new Trace(clock).log('tracker') })
  const after = async (text: string) => {
    await writeFile(join(folder, 'quota.json'), text)
    await clock.runFor(5_000)
    return await read()
  }
  t.is(await read(), Number.POSITIVE_INFINITY)
  t.is(await after('{"storageBytes":7}'), 7)
  for (const bad of ['{"storageBytes":-1}', '{"storageBytes":"9"}', '{}']) t.is(await after(bad), 7, bad)
  t.is(await after('{"storageBytes":0}'), 0)
})

test('where the network stands in the run config itself, there is nothing beside it', async (t) => {
  const clock = new SimulatedClock()
  const deps = { clock, log: new Trace(clock).log('tracker') }
  t.is((await followFile(OUTSIDE_FILE, { networkFile: undefined }, deps)()).size, 0)
  t.is(await followFile(QUOTA_FILE, { networkFile: undefined }, deps)(), Number.POSITIVE_INFINITY)
})
