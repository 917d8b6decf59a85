import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readNetworkConfig } from '@lunarx/client/connect'
import test from 'ava'
import { devMembers, devNetwork } from '../dev/members.ts'
import { expandVariables } from './expand.ts'
import { readRunConfig } from './read-config.ts'

test('$(NAME) is replaced in all strings, $$(NAME) stays, a variable that is not set is named', (t) => {
  const env = { POD: 'pool-a-0', EMPTY: '' }
  const value = { host: '$(POD).svc', list: ['$(POD)$(EMPTY)', 1, null], escaped: '$$(POD)', plain: '$POD (POD) $()' }
  t.deepEqual(expandVariables(value, env), {
    host: 'pool-a-0.svc',
    list: ['pool-a-0', 1, null],
    escaped: '$(POD)',
    plain: '$POD (POD) $()',
  })
  t.throws(() => expandVariables('$(MISSING)', env), { code: 'BAD_CONFIG', message: /MISSING/ })
})

const network = devNetwork(devMembers({ providers: 3, trackers: 1, survive: 1, basePort: 1000 }), { survive: 1 }, '0'.repeat(64), undefined)

test('a run config reads as YAML or JSON, its network from beside it, variables and defaults filled in', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-config-'))
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'network.json'), JSON.stringify(network))
  const yaml = 'role: provider\nnetwork: ../network.json\ndataFolder: /data\nhost: $(POD_NAME).svc\ncredential: {tokenFile: /token}\n'
  await writeFile(join(folder, 'sub', 'run.yaml'), yaml)
  const read = await readRunConfig(join(folder, 'sub', 'run.yaml'), { POD_NAME: 'p-0' })
  t.like(read, { role: 'provider', host: 'p-0.svc', services: ['storage', 'index'], listen: { controlPort: 4001, healthPort: 8080 } })
  t.deepEqual(read.network, network)
  const inline = { role: 'tracker', network, dataFolder: '/data', host: 't', credential: { tokenFile: '/token' }, listen: { adminPort: 1 } }
  await writeFile(join(folder, 'run.json'), JSON.stringify(inline))
  t.like(await readRunConfig(join(folder, 'run.json'), {}), { role: 'tracker', listen: { adminPort: 1, dataPort: 4002 } })
  await rm(folder, { recursive: true })
})

test('a provider whose volume is smaller than its pool wants holds no more than that, and what is said of others is nothing to it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-config-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const [file, volumes] = [join(folder, 'run.json'), join(folder, 'volumes.json')]
  const stated = { role: 'provider', network, dataFolder: '/data', host: '$(POD_NAME).pool', credential: { tokenFile: '/token' } }
  const capacityOf = async (pod: string, capacityBytes?: number): Promise<number | undefined> => {
    await writeFile(file, JSON.stringify({ ...stated, capacityBytes }))
    return (await readRunConfig(file, { POD_NAME: pod })).capacityBytes
  }
  t.deepEqual([await capacityOf('p-0', 200), await capacityOf('p-0')], [200, undefined])
  await writeFile(volumes, JSON.stringify({ room: { 'p-0.pool': 100 } }))
  t.deepEqual([await capacityOf('p-0', 200), await capacityOf('p-0', 60), await capacityOf('p-0')], [100, 60, 100])
  t.deepEqual([await capacityOf('p-1', 200), await capacityOf('p-1')], [200, undefined])
  await writeFile(volumes, JSON.stringify({ room: { 'p-0.pool': -1 } }))
  await t.throwsAsync(capacityOf('p-0', 200), { code: 'BAD_CONFIG', message: /volumes\.json/ })
})

test('what is wrong with a file is named: the file, the field, the syntax', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-config-'))
  const file = join(folder, 'f')
  const refused = async (text: string, message: RegExp): Promise<void> => {
    await writeFile(file, text)
    await t.throwsAsync(readNetworkConfig(file), { code: 'BAD_CONFIG', message })
  }
  await refused('{', /not JSON/)
  await refused(JSON.stringify({ ...network, networkKey: 'abc' }), /networkKey/)
  await refused(JSON.stringify({ ...network, trackers: [] }), /trackers/)
  await t.throwsAsync(readNetworkConfig(join(folder, 'missing')), { code: 'BAD_CONFIG', message: /missing/ })
  await writeFile(file, 'role: provider\nnetwork: n\ndataFolder: /d\nhost: h\ncredential: {tokenFile: t}\ncapacity: 5\n')
  await t.throwsAsync(readRunConfig(file, {}), { code: 'BAD_CONFIG', message: /capacity/ })
  await rm(folder, { recursive: true })
})
