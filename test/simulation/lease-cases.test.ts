/**
 * Races of leases, deletes and garbage, case by case: nothing live is ever removed, nothing deleted comes back.
 */
import { commit, keep } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { DAY, HOUR, MINUTE, present, Stage, YEAR, type StageOptions } from './lease-stage.ts'

const WRITE_ROWS = { name: 'write-rows' }

function story(title: string, tell: (stage: Stage, t: ExecutionContext) => Promise<void>, options: Partial<StageOptions> = {}): void {
  test.serial(title, async (t) => {
    t.timeout(600_000)
    const stage = new Stage({ seed: 1, ...options })
    await stage.tell(() => tell(stage, t))
    t.pass()
  })
}

story(
  'a put that nobody finished is gone after a day, also where a tracker was away when its lease ended; what is named stays',
  async (stage, t) => {
    await stage.put('named')
    const left = await stage.putHalf('never named', keep)
    t.is(await stage.shardsOf(left), 3 * left.length)
    await stage.idle(21 * HOUR)
    t.is(await stage.shardsOf(left), 3 * left.length, 'the lease of a day is over too early')
    const late = present(stage.world.trackers[0])
    late.crash()
    await stage.idle(15 * HOUR)
    t.is(await stage.shardsOf(left), 0, 'what nobody kept is still held')
    late.boot()
    await stage.idle(2 * DAY)
    t.deepEqual(stage.knownSets, [1, 1, 1])
    await stage.check()
  },
)

story('trackers that lost their memory end no lease while one holder remembers the keep', async (stage, t) => {
  const { trackers, providers, sets } = stage.world
  await stage.put('a')
  const [set] = sets.owed
  const [forgetful] = await stage.holdersOf(present(set))
  const places = await stage.placesOf([present(set)])
  for (const provider of providers) provider.crash()
  for (const tracker of trackers) tracker.wipe()
  // its index is made anew from its files: it has forgotten the keep, and is the first to tell the new trackers of the set
  present(forgetful).loseStore('shards')
  for (const machine of [...trackers, present(forgetful)]) machine.boot()
  await stage.world.clock.sleep(2 * MINUTE)
  t.true(stage.knownSets.every((known) => known === 1))
  for (const provider of providers) provider.boot()
  for (let passed = 0; passed < 3 * DAY; passed += 3 * HOUR) {
    await stage.idle(3 * HOUR)
    t.deepEqual(await stage.placesOf([present(set)]), places)
  }
  await stage.check()
})

story('trackers that lost their memory learn what was deleted before a provider returns that was away then', async (stage) => {
  const { trackers, sets, clock } = stage.world
  await stage.put('deleted')
  const [set] = sets.owed
  await stage.put('live')
  const [away] = await stage.holdersOf(present(set))
  present(away).crash()
  await stage.delete('deleted')
  await clock.sleep(MINUTE)
  for (const tracker of trackers) tracker.wipe()
  for (const tracker of trackers) tracker.boot()
  await stage.idle(2 * HOUR)
  present(away).boot()
  await stage.idle(2 * DAY)
  await stage.check()
})

story(
  'a provider returns after its shard was rebuilt: neither of the two is taken for garbage, and a delete takes both',
  async (stage, t) => {
    const { sets, world } = { sets: stage.world.sets, world: stage.world }
    await stage.put('a')
    await stage.put('b')
    const [set] = sets.owed
    const [away] = await stage.holdersOf(present(set))
    present(away).crash()
    await stage.idle(30 * MINUTE)
    await world.until('its shards are rebuilt', () => world.isRedundant(), HOUR)
    present(away).boot()
    await stage.idle(30 * MINUTE)
    t.is((await stage.holdersOf(present(set))).length, 4, 'the shard was not rebuilt while its holder was away')
    await stage.idle(DAY + 2 * HOUR)
    await stage.check()
    await stage.delete('a')
    await stage.idle(30 * MINUTE)
    await stage.check()
  },
  { jumpMs: 9 * MINUTE },
)

story('a provider that was away during a delete brings nothing back', async (stage, t) => {
  await stage.put('deleted')
  const [set] = stage.world.sets.owed
  await stage.put('live')
  const [away] = await stage.holdersOf(present(set))
  present(away).crash()
  await stage.delete('deleted')
  await stage.idle(5 * DAY)
  present(away).boot()
  await stage.world.until('it is back', () => present(away).running?.ready() === true, 10 * MINUTE)
  await stage.idle(6 * HOUR)
  t.is(await stage.shardsOf([present(set)]), 0)
  await stage.check()
})

story('a repairer in flight during a delete brings nothing back', async (stage, t) => {
  const { world } = stage
  const names = Array.from({ length: 10 }, (_, i) => `object ${i}`)
  for (const name of names) await stage.put(name)
  const repaired = (): number => world.trackers.reduce((sum, { running }) => sum + (running?.status().sets.repairedShards ?? 0), 0)
  // slow enough for every delete to meet a repair somewhere on its way
  world.network.faults = { dropRate: 0, cutRate: 0, delayMs: [40, 160], bandwidth: 20_000 }
  present(world.providers[0]).wipe()
  present(world.providers[0]).boot()
  await world.until('repair begins', () => repaired() > 0, 10 * MINUTE)
  for (const name of names.slice(0, 8)) await stage.delete(name)
  world.network.faults = { dropRate: 0, cutRate: 0, delayMs: [1, 5], bandwidth: 1e9 }
  t.true(world.sets.gone.length === 8)
  await stage.idle(DAY + 6 * HOUR)
  await stage.check()
})

for (const [whose, machinesOf] of [
  ['a provider', (stage: Stage) => stage.world.providers.slice(0, 1)],
  ['every provider', (stage: Stage) => stage.world.providers],
  ['every tracker', (stage: Stage) => stage.world.trackers],
] as const)
  story(`the clock of ${whose} is a year ahead, and a put takes most of a day: nothing of it is removed`, async (stage, t) => {
    await stage.put('before')
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    stage.holdUp(keep, async () => {
      reached.resolve()
      await released.promise
    })
    const before = stage.world.sets.owed.length
    const putting = stage.put('slow').catch(() => stage.put('slow')) // its keep is too old by then, so that it goes on from its journal
    await reached.promise
    const slow = stage.world.sets.owed.slice(before)
    const places = await stage.placesOf(slow)
    t.is(places.length, 3 * slow.length)
    await stage.idle(6 * HOUR) // holders have noted since when, and asked
    for (const machine of machinesOf(stage)) machine.setAhead(YEAR)
    await stage.idle(15 * HOUR)
    t.deepEqual(await stage.placesOf(slow), places)
    // what was put in that time, and never named, is kept since a moment ago: a clock makes no garbage of it
    await stage.dapp.collectGarbage({ free: true })
    t.deepEqual(await stage.placesOf(slow), places)
    released.resolve()
    await putting
    for (const machine of machinesOf(stage)) machine.setAhead(0)
    await stage.idle(2 * DAY)
    await stage.check()
  })

story('a commit two days late finds that its lease has ended, stores anew, and stands', async (stage, t) => {
  stage.holdUp(commit, async () => {
    await stage.idle(2 * DAY)
    t.is(stage.world.sets.owed.length, 0)
  })
  await stage.put('late')
  await stage.idle(2 * DAY)
  await stage.check()
})

story('a keep two days late is refused, and the next put of the name stands', async (stage) => {
  stage.holdUp(keep, () => stage.idle(2 * DAY))
  const refused = await stage.put('late').then(
    () => undefined,
    (error: unknown) => error,
  )
  if (refused === undefined) throw new Error('a keep that came after the end was taken')
  stage.world.sets.forsake(stage.world.sets.owed)
  await stage.put('late')
  await stage.idle(2 * DAY)
  await stage.check()
})

story(
  'gc frees what was kept and never named once a week has passed, by no clock earlier, and nothing that is named',
  async (stage, t) => {
    await stage.put('named')
    const left = await stage.putHalf('kept, not named', WRITE_ROWS)
    t.true(left.length > 0)
    await stage.idle(2 * DAY)
    t.is(await stage.shardsOf(left), 3 * left.length, 'what was kept is gone')
    const clocks = [...stage.world.trackers, ...stage.world.clients]
    for (const machine of clocks) machine.setAhead(YEAR)
    t.deepEqual((await stage.dapp.collectGarbage({ free: true })).garbage, [])
    for (const machine of clocks) machine.setAhead(0)
    await stage.idle(6 * DAY)
    t.is((await stage.dapp.collectGarbage({ free: true })).garbage.length, left.length)
    await stage.idle(12 * HOUR)
    t.is(await stage.shardsOf(left), 0)
    await stage.check()
  },
  { jumpMs: 6 * HOUR },
)
