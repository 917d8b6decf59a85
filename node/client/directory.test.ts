import type { FoundPeer } from '@lunarx/net/peers'
import test from 'ava'
import { digest, Fleet, OWNER } from './_fleet.test.ts'
import { openClient, type Client } from './index.ts'

const MINUTE = 60_000
/** Nothing here is about the budget. */
const DIRECTORY = { announcementsPerHour: 360 }

const close = async (client: Client): Promise<void> => client[Symbol.asyncDispose]()

/** Names of machines that hold a shard, in any state. */
async function holdersOf(fleet: Fleet): Promise<Set<string>> {
  return new Set((await fleet.shardFiles()).map(({ machine }) => machine.name))
}

test('all trackers down: a set whose shards have moved is found in the directory, whatever a liar in it says', async (t) => {
  const fleet = await Fleet.start({ providers: 8, rows: 3, trackers: 1, directory: DIRECTORY })
  const { net, clock, random } = fleet.machines
  const bytes = random.fork('object').bytes(50_000)
  const dapp = fleet.machines.machine('dapp', 'client')
  const config = { network: fleet.machines.config, ownerSecret: OWNER }
  const client = await openClient(config, dapp.platform, dapp.peers)
  await fleet.run(client.put('moved', bytes))
  const first = [...(await holdersOf(fleet))]
  t.is(first.length, 6)

  // two of six are lost and rebuilt elsewhere, then one more goes: three are left where the manifest says, one fewer than it takes
  for (const host of first.slice(0, 2)) net.cut(host)
  await clock.runFor(4 * MINUTE)
  const moved = [...(await holdersOf(fleet))].filter((host) => !first.includes(host))
  t.is(moved.length, 2)
  net.cut(first[2] ?? '')
  for (const { machine } of fleet.trackers) net.cut(machine.name)

  const someone = fleet.machines.machine('someone', 'provider')
  const wrong: FoundPeer[] = [someone.address, { ...someone.address, host: 'nowhere' }, { ...someone.address, host: first[3] ?? '' }]
  const [liar] = fleet.providers.filter(({ machine }) => machine.name.startsWith('rows-'))
  net.directories.lie(liar?.machine.name ?? '', () => wrong)
  t.is(digest(await fleet.read(client, 'moved')), digest(bytes))
  await fleet.run(close(client))

  // as the next process on that machine: the epoch is remembered, and with it whom to begin with
  const next = await openClient(config, dapp.platform, dapp.peers)
  t.is(digest(await fleet.read(next, 'moved')), digest(bytes))
  const stranger = await fleet.openClient()
  await t.throwsAsync(fleet.read(stranger, 'moved'), { code: 'PEER_UNREACHABLE' }, 'who never heard of the network knows no member of it')
})

test('a client whose configuration names trackers of long ago finds those that live', async (t) => {
  const fleet = await Fleet.start({ providers: 6, trackers: 1, directory: DIRECTORY })
  const dapp = fleet.machines.machine('dapp', 'client')
  const { config } = fleet.machines
  const bytes = fleet.machines.random.fork('object').bytes(20_000)
  const client = await openClient({ network: config, ownerSecret: OWNER }, dapp.platform, dapp.peers)
  await fleet.run(client.put('one', bytes))
  await fleet.run(close(client))
  const stale = { ...config, trackers: [{ host: 'of-long-ago', controlPort: 4001, dataPort: 4002 }] }
  const late = await openClient({ network: stale, ownerSecret: OWNER }, dapp.platform, dapp.peers)
  await fleet.run(late.put('two', bytes))
  t.is(digest(await fleet.read(late, 'two')), digest(bytes))
})
