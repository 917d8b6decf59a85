/**
 * The brake among real trackers and providers in one process under a seed: what one event may write off, and what goes on meanwhile.
 */
import test from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { givesGarbage, liar } from '../../../test/fleet/liars.ts'
import { locateSet, putSet, sealSet } from '../../../test/fleet/sets.ts'

const MINUTE = 60_000
/** A draw of each provider every 23 s. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 180 * MINUTE }
/** Rare heartbeats, so that minutes are cheap. */
const DETECTION = { heartbeatMs: 20_000, suspectMs: 60_000, lostMs: 120_000 }

/**
 * Seven trackers in seven domains, three of which sign a verdict: fewer than most. 4 + 2 surviving one domain: two shards of a set may be
 * written off by one event, and three of its holders sign garbage.
 */
test('what one event writes off beyond a domain is held back, and costs nobody anything; a killed holder of the set is rebuilt meanwhile', async (t) => {
  const lying = new Set<string>()
  await using fleet = await Fleet.start({
    seed: 1,
    trackers: 7,
    providers: 10,
    domains: 5,
    network: { audit: AUDIT, detection: DETECTION, repair: { rebuildAfterMs: 1_000, bytesPerSecond: 10_000_000 } },
    disguise: (_, peers, signKey) => liar(peers, signKey, (honest) => (lying.has(peers.self) ? givesGarbage(honest) : honest)),
  })
  await fleet.clock.runFor(MINUTE)
  const set = sealSet(fleet)
  const { placed } = await fleet.run(putSet(fleet, set))
  const holders = placed.map(({ provider }) => provider.peer)
  const [liars, victim] = [holders.slice(0, 3), fleet.providerOf(holders[3])]
  const written = (verdict: string): number =>
    Math.max(...fleet.trackers.map(({ powered }) => powered?.metrics.value('lunarx_audit_settled_total', { verdict }) ?? 0))
  const repaired = (): number => fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0)
  const liveHolders = async () =>
    (await fleet.run(locateSet(fleet, set))).holders
      .filter(({ state }) => state === 'alive')
      .map(({ index, provider }) => ({ index, peer: provider.peer }))
  const isWholeWithout = async (gone: (peer: string) => boolean): Promise<boolean> =>
    new Set((await liveHolders()).filter(({ peer }) => !gone(peer)).map(({ index }) => index)).size === set.shards.length

  for (const peer of liars) lying.add(peer)
  t.true(await fleet.clock.runUntil(() => written('held') > 0, 20 * MINUTE), 'the third verdict is held back')
  const heldBefore = written('held')
  fleet.kill(victim)
  t.true(await fleet.clock.runUntil(() => repaired() === 3 && written('held') > heldBefore, 15 * MINUTE), 'the two and the victim')
  t.true(await isWholeWithout((peer) => peer === victim.machine.peer), 'copying goes on')
  const believed = new Set((await liveHolders()).filter(({ peer }) => lying.has(peer)).map(({ peer }) => peer))
  t.is(believed.size, 1, 'two are written off, and rebuilt elsewhere; the third counts still')
  t.is(written('disproved'), 2)
  const standings = fleet.runningTrackers.flatMap((tracker) => tracker.status().audit?.providers ?? [])
  t.deepEqual([...new Set(standings.map(({ standing }) => standing.state))], ['vetting'])
  t.deepEqual(fleet.defects, [])
})
