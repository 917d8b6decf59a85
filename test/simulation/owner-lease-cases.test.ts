/**
 * Leases of owners, case by case: what one has goes when it did not renew its lease, and never before; no clock, lost memory or absence
 * ends one early, and nothing that went comes back.
 */
import test, { type ExecutionContext } from 'ava'
import { DAY, HOUR, MINUTE, present, Stage, YEAR } from './lease-stage.ts'

const PERIOD = 7 * DAY
/** The day that sets are left alone, and the rounds that find it, each of half a day. */
const GRACE = 2 * DAY + 12 * HOUR
const LEASE_PERIOD = { periodMs: PERIOD }

function story(title: string, tell: (stage: Stage, t: ExecutionContext) => Promise<void>): void {
  test.serial(title, async (t) => {
    t.timeout(600_000)
    const stage = new Stage({ seed: 1, jumpMs: 12 * HOUR })
    await stage.tell(() => tell(stage, t))
    t.pass()
  })
}

story(
  'what an owner kept goes with its lease, also with a provider that was away then; new puts wait for the renewal',
  async (stage, t) => {
    const { sets } = stage.world
    await stage.put('a')
    await stage.put('b')
    const all = [...sets.owed]
    t.like(await stage.dapp.renewLease(LEASE_PERIOD), { ...LEASE_PERIOD, wasOver: false })
    await stage.idle(PERIOD - 12 * HOUR)
    t.is(await stage.shardsOf(all), 3 * all.length, 'it goes too early')
    const [away] = await stage.holdersOf(present(all[0]))
    present(away).crash()
    sets.forsake(all)
    await stage.idle(12 * HOUR)
    await t.throwsAsync(stage.put('late'), { code: 'LEASE_OVER' })
    sets.forsake(sets.owed)
    await stage.idle(GRACE)
    t.is(await stage.shardsOf(all), 0, 'what nobody wants is still held')
    t.is(stage.lostSets, 0, 'what went on purpose is shown as lost')
    await stage.idle(9 * DAY) // trackers have forgotten that it ended
    present(away).boot()
    await stage.world.until('it is back', () => present(away).running?.ready() === true, 10 * MINUTE)
    t.true((await stage.shardsOf(all)) > 0)
    await stage.idle(GRACE + DAY)
    t.is(await stage.shardsOf(all), 0, 'what came back stays')
    t.like(await stage.dapp.lease(), { ...LEASE_PERIOD, remainingMs: 0 })
    t.like(await stage.dapp.renewLease(), { ...LEASE_PERIOD, wasOver: true })
    stage.forget('a', 'b')
    for (const name of ['a', 'b']) await stage.dapp.delete(name)
    await stage.put('new')
    await stage.idle(2 * DAY)
    await stage.check()
  },
)

story('a lease that is renewed within the day, or withdrawn, costs nothing', async (stage, t) => {
  await stage.put('a')
  const places = await stage.placesOf(stage.world.sets.owed)
  await stage.dapp.renewLease(LEASE_PERIOD)
  await stage.idle(PERIOD + 18 * HOUR)
  t.like(await stage.dapp.lease(), { remainingMs: 0 })
  t.true((await stage.dapp.renewLease()).wasOver)
  await stage.idle(PERIOD + 18 * HOUR) // over once more: the day begins anew
  t.true((await stage.dapp.renewLease()).wasOver)
  await stage.idle(3 * DAY)
  t.deepEqual(await stage.placesOf(stage.world.sets.owed), places)
  await stage.dapp.renewLease({ periodMs: null })
  await stage.idle(PERIOD + GRACE)
  t.deepEqual(await stage.placesOf(stage.world.sets.owed), places)
  await stage.check()
})

story('the clocks of all are a year ahead: no lease ends by them, and it can be renewed', async (stage, t) => {
  const { trackers, providers, clients } = stage.world
  await stage.put('a')
  const places = await stage.placesOf(stage.world.sets.owed)
  await stage.dapp.renewLease(LEASE_PERIOD)
  for (const machine of [...trackers, ...providers, ...clients]) machine.setAhead(YEAR)
  await stage.idle(PERIOD - DAY)
  t.like(await stage.dapp.renewLease(), { wasOver: false })
  await stage.idle(PERIOD - DAY)
  for (const machine of [...trackers, ...providers, ...clients]) machine.setAhead(0)
  t.deepEqual(await stage.placesOf(stage.world.sets.owed), places)
  t.like(await stage.dapp.renewLease(), { wasOver: false })
  await stage.check()
})

story('trackers that lost their memory get the lease back from providers, and begin its time anew', async (stage, t) => {
  const { trackers, sets } = stage.world
  await stage.put('a')
  const all = [...sets.owed]
  await stage.dapp.renewLease(LEASE_PERIOD)
  await stage.idle(PERIOD - DAY)
  for (const tracker of trackers) tracker.wipe()
  for (const tracker of trackers) tracker.boot()
  await stage.idle(PERIOD - DAY)
  t.is(await stage.shardsOf(all), 3 * all.length)
  t.like(await stage.dapp.lease(), LEASE_PERIOD, 'the lease is lost')
  sets.forsake(all)
  await stage.idle(DAY + GRACE)
  t.is(await stage.shardsOf(all), 0, 'the lease never ends')
})

story('a tracker that was away during the renewal removes nothing by the lease that it knows', async (stage, t) => {
  const [late, ...others] = stage.world.trackers
  await stage.put('a')
  const places = await stage.placesOf(stage.world.sets.owed)
  await stage.dapp.renewLease(LEASE_PERIOD)
  await stage.idle(PERIOD - 12 * HOUR)
  present(late).crash()
  await stage.dapp.renewLease()
  stage.world.network.partition(
    [present(late).host],
    others.map(({ host }) => host),
  )
  present(late).boot()
  await stage.idle(3 * DAY)
  t.deepEqual(await stage.placesOf(stage.world.sets.owed), places)
  stage.world.network.heal()
  await stage.idle(DAY)
  await stage.check()
})
