/**
 * Audits among real trackers and providers in one process under a seed.
 */
import type { LeafChallenge } from '@lunarx/core/audit'
import { itemAt } from '@lunarx/core/model'
import test, { type ExecutionContext } from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { givesGarbage, hasDropped, isSilent, liar, type Lie, type LiarOptions } from '../../../test/fleet/liars.ts'
import { locateSet, putSet, sealSet, type SealedSet } from '../../../test/fleet/sets.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A draw of each provider every 23 s. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 3 * HOUR }

/** Rare heartbeats, so that hours are cheap. */
const DETECTION = { heartbeatMs: 20_000, suspectMs: 60_000, lostMs: 240_000 }
const HAS_LOST_STANDING = ['suspended', 'expelled']

const started = async (options: Partial<Parameters<typeof Fleet.start>[0]> = {}): Promise<Fleet> => {
  const { network, ...more } = options
  const fleet = await Fleet.start({ seed: 1, network: { audit: AUDIT, detection: DETECTION, ...network }, ...more })
  await fleet.clock.runFor(MINUTE)
  return fleet
}

/** The first providers lie, one way each. @returns sets that all of them hold shards of */
async function withLiars(
  lies: readonly (readonly [Lie, LiarOptions?])[],
  sets: number,
  trackers = 3,
  network: NonNullable<Parameters<typeof Fleet.start>[0]['network']> = {},
) {
  const fleet = await started({
    trackers,
    network,
    disguise: (i, peers, signKey) => {
      const [lie, options] = lies[i] ?? []
      return lie ? liar(peers, signKey, lie, options) : peers
    },
  })
  const liars = lies.map((_, i) => itemAt(fleet.providers, i).machine.peer)
  const held: SealedSet[] = []
  while (held.length < sets) {
    const set = sealSet(fleet)
    const { placed } = await fleet.run(putSet(fleet, set))
    if (liars.every((peer) => placed.some(({ provider }) => provider.peer === peer))) held.push(set)
  }
  return { fleet, liars, held }
}

const auditOf = (fleet: Fleet, peer: string) => fleet.anyTracker.status().audit?.providers.find((one) => one.peer === peer)
const repaired = (fleet: Fleet): number => fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0)

async function isElsewhere(fleet: Fleet, set: SealedSet, liars: readonly string[]): Promise<boolean> {
  const { holders } = await fleet.run(locateSet(fleet, set))
  const indices = new Set(holders.filter(({ provider }) => !liars.includes(provider.peer)).map(({ index }) => index))
  return indices.size === set.shards.length
}

async function assertRebuiltElsewhere(
  t: ExecutionContext,
  fleet: Fleet,
  sets: readonly SealedSet[],
  liars: readonly string[],
): Promise<void> {
  const waiting = new Set(sets)
  for (let minutes = 0; minutes < 120 && waiting.size > 0; minutes++) {
    for (const set of waiting) if (await isElsewhere(fleet, set, liars)) waiting.delete(set)
    await fleet.clock.runFor(MINUTE)
  }
  t.is(waiting.size, 0, 'all sets are whole without the liars')
}

test('honest providers prove what is drawn, and keep their standing through a restart and a cut', async (t) => {
  await using fleet = await started()
  for (let i = 0; i < 3; i++) await fleet.run(putSet(fleet, sealSet(fleet)))
  const [crashed, cut] = [itemAt(fleet.providers, 1), itemAt(fleet.providers, 2)]
  await fleet.clock.runFor(5 * MINUTE)
  fleet.kill(crashed)
  fleet.net.cut(cut.machine.place.host)
  await fleet.clock.runFor(3 * MINUTE)
  fleet.net.heal()
  await fleet.startProvider(crashed)
  await fleet.clock.runFor(20 * MINUTE)
  const audits = fleet.runningTrackers.map((tracker) => tracker.status().audit)
  t.true(audits.reduce((sum, audit) => sum + (audit?.providers ?? []).reduce((drawn, { draws }) => drawn + draws.proved, 0), 0) > 100)
  for (const audit of audits) {
    t.is(audit?.contained, 0)
    for (const { standing, draws } of audit?.providers ?? []) {
      t.is(standing.state, 'vetting')
      t.is(draws.disproved + draws.lost, 0)
    }
  }
  t.is(repaired(fleet), 0)
  t.deepEqual(fleet.defects, [])
})

test('who signs garbage, and who dropped what it lists still, are found: their shards are rebuilt elsewhere, they get nothing new', async (t) => {
  const { fleet, liars, held } = await withLiars([[givesGarbage], [hasDropped]], 3)
  await using _ = fleet
  await assertRebuiltElsewhere(t, fleet, held, liars)
  await fleet.clock.runFor(3 * MINUTE)
  for (const tracker of fleet.runningTrackers)
    for (const { peer, standing } of tracker.status().audit?.providers ?? [])
      t.is(HAS_LOST_STANDING.includes(standing.state), liars.includes(peer), `${peer} is ${standing.state}`)
  const { transcripts } = await fleet.anyTracker.admin.listTranscripts({})
  t.true(transcripts.some(({ verdict, provider }) => verdict === 'disproved' && provider === liars[0]))
  t.true(transcripts.some(({ verdict, provider }) => verdict === 'lost' && provider === liars[1]))
  const { placed } = await fleet.run(putSet(fleet, sealSet(fleet)))
  t.false(placed.some(({ provider }) => liars.includes(provider.peer)))
  t.deepEqual(fleet.defects, [])
})

test('who answers no audit while its heartbeats come is contained, and an hour later its shards count as missing; who cannot be reached from outside proves over its heartbeats; neither loses standing', async (t) => {
  const { fleet, liars, held } = await withLiars([[isSilent], [isSilent, { isHonestByHeartbeat: true }]], 1, 2)
  await using _ = fleet
  const silent = itemAt(liars, 0)
  const isContained = () => fleet.runningTrackers.some((tracker) => (tracker.status().audit?.contained ?? 0) > 0)
  t.true(await fleet.clock.runUntil(isContained, 20 * MINUTE))
  await fleet.clock.runFor(50 * MINUTE)
  t.is(repaired(fleet), 0)
  await assertRebuiltElsewhere(t, fleet, held, [silent])
  await fleet.clock.runFor(30 * MINUTE) // it may have been asked later than the other
  t.false(await isElsewhere(fleet, itemAt(held, 0), liars), 'what it holds is not rebuilt')
  for (const peer of liars) t.is(auditOf(fleet, peer)?.standing.state, 'vetting')
  t.deepEqual(fleet.defects, [])
})

const isDraw = ({ askedFor }: LeafChallenge): boolean => askedFor === 'draw'

test('who is silent when it is drawn, and lies when it is asked again, is found as any liar: no hour is waited for', async (t) => {
  const lies = [givesGarbage, hasDropped].map((lie) => [lie, { isSilentTo: isDraw }] as const)
  const { fleet, liars, held } = await withLiars(lies, 3)
  await using _ = fleet
  const isFound = async (): Promise<boolean> => (await Promise.all(held.map((set) => isElsewhere(fleet, set, liars)))).every(Boolean)
  let minutes = 0
  for (; minutes < 50 && !(await isFound()); minutes++) await fleet.clock.runFor(MINUTE)
  t.true(minutes < 50, 'their shards are rebuilt elsewhere')
  await fleet.clock.runFor(3 * MINUTE)
  for (const tracker of fleet.runningTrackers)
    for (const { peer, standing } of tracker.status().audit?.providers ?? [])
      t.is(HAS_LOST_STANDING.includes(standing.state), liars.includes(peer), `${peer} is ${standing.state}`)
  t.deepEqual(fleet.defects, [])
})

test('a silent shard is asked for again with a leaf besides that nobody has asked; proved at last it counts again with every tracker', async (t) => {
  const asked: LeafChallenge[] = []
  let isSilentNow = true
  const isSilentTo = (challenge: LeafChallenge): boolean => {
    asked.push(challenge)
    return isSilentNow
  }
  const lie: Lie = (honest) => (isSilentNow ? undefined : honest)
  // each holds a shard: what is missing finds no other place
  await using fleet = await started({
    providers: 6,
    disguise: (i, peers, signKey) => (i === 0 ? liar(peers, signKey, lie, { isSilentTo }) : peers),
  })
  await fleet.run(putSet(fleet, sealSet(fleet)))
  const isMargin = (margin: number) => () => fleet.runningTrackers.some((tracker) => tracker.status().sets.margin[margin] === 1)
  t.true(await fleet.clock.runUntil(() => asked.some((one) => !isDraw(one)), 20 * MINUTE))
  await fleet.clock.runFor(MINUTE)
  t.is(new Set(asked.filter((one) => !isDraw(one)).map(({ leaf }) => leaf)).size, 2, 'both of its leaves')
  t.true(await fleet.clock.runUntil(isMargin(1), 3 * HOUR), 'it counts as missing')
  isSilentNow = false
  t.true(await fleet.clock.runUntil(isMargin(2), HOUR))
  await fleet.clock.runFor(MINUTE)
  const absolved = fleet.trace.tail().filter((line) => line.includes('was proved after all'))
  t.is(absolved.length, fleet.runningTrackers.length)
  t.true(fleet.runningTrackers.every((tracker) => tracker.status().audit?.providers.every(({ standing }) => standing.state === 'vetting')))
  t.deepEqual(fleet.defects, [])
})

const leavesOf = (fleet: Fleet, peer: string) => {
  const orders = fleet.runningTrackers.flatMap((tracker) => tracker.status().audit?.providers.find((one) => one.peer === peer)?.order ?? [])
  const sum = (word: 'proved' | 'disproved' | 'lost' | 'silent') => orders.reduce((so, { verdicts }) => so + verdicts[word], 0)
  return {
    ids: [...new Set(orders.map(({ id }) => id))],
    isOver: orders.length > 0 && orders.every(({ isOver }) => isOver),
    proved: sum('proved'),
    disproved: sum('disproved'),
    silent: sum('silent'),
  }
}

test('a provider is audited on order: at once, for as many leaves as an order has, once for each, and not too often', async (t) => {
  // so rarely drawn that what is found comes from orders
  const audit = { lostFraction: 0.01, probability: 0.99, withinMs: 30 * 24 * HOUR }
  const { fleet, liars, held } = await withLiars([[givesGarbage], [isSilent]], 1, 3, { audit })
  await using _ = fleet
  const [garbler, silent] = [itemAt(liars, 0), itemAt(liars, 1)]
  const honest = itemAt(fleet.providers, 2).machine.peer
  await fleet.run(putSet(fleet, sealSet(fleet)))
  await fleet.run(putSet(fleet, sealSet(fleet)))
  await fleet.clock.runFor(2 * MINUTE) // until all trackers know them
  const before = auditOf(fleet, honest)?.draws
  const order = (peer: string, id: string) => fleet.tell((tracker) => tracker.admin.orderAudit({ peer, id }))
  for (const peer of [honest, garbler, silent]) await order(peer, 'first')
  await order(honest, 'first')
  t.true(await fleet.clock.runUntil(() => [honest, garbler, silent].every((peer) => leavesOf(fleet, peer).isOver), 10 * MINUTE))
  t.like(leavesOf(fleet, honest), { ids: ['first'], proved: 66, disproved: 0 }, 'a third of 64 by each of three trackers, rounded up')
  t.deepEqual(auditOf(fleet, honest)?.draws, before, 'the draws that the promise counts stay as they are')
  t.true(leavesOf(fleet, garbler).disproved > 0)
  t.is(leavesOf(fleet, silent).silent, 9, 'three silences end it')
  await assertRebuiltElsewhere(t, fleet, held, [garbler])
  await t.throwsAsync(order(honest, 'second'), { code: 'TOO_MANY_REQUESTS' })
  await fleet.clock.runFor(10 * MINUTE)
  await order(honest, 'second')
  t.true(await fleet.clock.runUntil(() => leavesOf(fleet, honest).isOver, 10 * MINUTE))
  t.like(leavesOf(fleet, honest), { ids: ['second'], proved: 66 })
  await t.throwsAsync(order(fleet.client.peers.self, 'first'), { code: 'UNKNOWN_PEER' })
  const { newest = [] } = fleet.anyTracker.status().audit ?? {}
  t.true(newest.some(({ provider, verdict }) => provider === garbler && verdict === 'disproved'))
  t.deepEqual(fleet.defects, [])
})

test('a provider in maintenance is not asked and no silence counts against it; when that ends by itself it is asked again', async (t) => {
  const { fleet, liars } = await withLiars([[isSilent]], 1, 2)
  await using _ = fleet
  const peer = itemAt(liars, 0)
  const asked = (): number =>
    fleet.runningTrackers.reduce((sum, tracker) => {
      const draws = tracker.status().audit?.providers.find((one) => one.peer === peer)?.draws
      return sum + (draws ? draws.proved + draws.silent : 0)
    }, 0)
  const silentShards = (word: 'contained' | 'silent') =>
    fleet.runningTrackers.reduce((sum, tracker) => sum + (tracker.status().audit?.[word] ?? 0), 0)
  t.true(await fleet.clock.runUntil(() => silentShards('contained') > 0, 20 * MINUTE))
  const declare = (forMs: number) => fleet.tell((tracker) => tracker.admin.maintenance({ peer, forMs }))
  t.true((await declare(80 * MINUTE)).every((declared) => declared.peer === peer && declared.maintenanceLeftMs === 80 * MINUTE))
  await fleet.clock.runFor(MINUTE) // what is under way ends
  const before = asked()
  await fleet.clock.runFor(75 * MINUTE) // silent shards count as missing after 60
  t.is(asked(), before)
  t.like(auditOf(fleet, peer), { maintenance: true, standing: { state: 'vetting' } })
  t.is(silentShards('silent'), 0)
  t.is(repaired(fleet), 0)
  t.true(await fleet.clock.runUntil(() => asked() > before, 20 * MINUTE))
  t.like(auditOf(fleet, peer), { maintenance: false, maintenanceLeftMs: 0 })
  await t.throwsAsync(fleet.run(fleet.anyTracker.admin.maintenance({ peer: fleet.client.peers.self, forMs: MINUTE })), {
    code: 'UNKNOWN_PEER',
  })
  t.deepEqual(fleet.defects, [])
})
