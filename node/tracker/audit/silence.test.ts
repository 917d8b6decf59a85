/**
 * Providers whose heartbeats pause again and again, for more than a day, among real trackers in one process under a seed: those that keep
 * silent meanwhile about what they lack, and those that do not.
 */
import { itemAt } from '@lunarx/core/model'
import test from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { isSilent, liar, pausesHeartbeats } from '../../../test/fleet/liars.ts'
import { locateSet, putSet, sealSet, type SealedSet } from '../../../test/fleet/sets.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Few trackers, shards and draws, and rare heartbeats, so that days are cheap: a draw of each provider every six minutes. */
const SHAPE = { required: 2, parity: 2, survive: 1 }
const NETWORK = {
  classes: [{ name: 'standard', ...SHAPE, inlineBytes: 0, versions: 1 }],
  audit: { lostFraction: 0.01, probability: 0.99, withinMs: 48 * HOUR },
  detection: { heartbeatMs: MINUTE, suspectMs: 3 * MINUTE, lostMs: 15 * MINUTE },
}
/** Heartbeats pause for longer than makes suspect, and not so long as makes lost, more often than once an hour. */
const GAP_MS = 5 * MINUTE
const EVERY_MS = 50 * MINUTE
/** A tracker waits six heartbeats for the answer to a question. */
const WHEN_ASKED_MS = 8 * MINUTE

/** A provider pauses its heartbeats until then. */
interface Pause {
  untilMs: number
}

/** What each provider is. */
const [BY_CLOCK, WHEN_ASKED, PAUSING, FLAPPING, RESTARTING] = [0, 1, 2, 3, 4] as const

/** The pauses are those of {@link BY_CLOCK}, {@link WHEN_ASKED} and {@link PAUSING}, in this order. */
async function started() {
  const pauses: readonly Pause[] = [{ untilMs: 0 }, { untilMs: 0 }, { untilMs: 0 }]
  const clock = { elapsed: () => 0 }
  const fleet = await Fleet.start({
    seed: 1,
    trackers: 2,
    providers: 7,
    network: NETWORK,
    disguise(i, peers, signKey) {
      const pause = pauses[i]
      if (!pause) return peers
      const pausing = pausesHeartbeats(peers, () => clock.elapsed() < pause.untilMs)
      if (i === PAUSING) return pausing
      const isSilentTo = (): boolean => {
        if (i === WHEN_ASKED) pause.untilMs = clock.elapsed() + WHEN_ASKED_MS
        return true
      }
      return liar(pausing, signKey, isSilent, { isSilentTo })
    },
  })
  clock.elapsed = () => fleet.clock.elapsed()
  await fleet.clock.runFor(2 * MINUTE)
  return { fleet, pauses }
}

/** Heartbeats pause and the network flaps at the end of each fifty minutes; every twelve hours one starts again. */
async function runFor(hours: number, { fleet, pauses }: Awaited<ReturnType<typeof started>>): Promise<void> {
  const restarting = itemAt(fleet.providers, RESTARTING)
  for (let ms = 0; ms < hours * HOUR; ms += EVERY_MS) {
    await fleet.clock.runFor(EVERY_MS - GAP_MS)
    for (const i of [BY_CLOCK, PAUSING]) itemAt(pauses, i).untilMs = fleet.clock.elapsed() + GAP_MS
    fleet.net.cut(itemAt(fleet.providers, FLAPPING).machine.place.host)
    const isRestart = Math.floor(ms / (12 * HOUR)) !== Math.floor((ms + EVERY_MS) / (12 * HOUR))
    if (isRestart) fleet.kill(restarting)
    await fleet.clock.runFor(GAP_MS)
    if (isRestart) await fleet.startProvider(restarting)
    fleet.net.heal()
  }
}

async function putOn(fleet: Fleet, peers: readonly string[]): Promise<SealedSet> {
  for (;;) {
    const set = sealSet(fleet, SHAPE)
    const { placed } = await fleet.run(putSet(fleet, set))
    if (peers.every((peer) => placed.some(({ provider }) => provider.peer === peer))) return set
  }
}

async function isElsewhere(fleet: Fleet, set: SealedSet, peers: readonly string[]): Promise<boolean> {
  const { holders } = await fleet.run(locateSet(fleet, set))
  return new Set(holders.filter(({ provider }) => !peers.includes(provider.peer)).map(({ index }) => index)).size === set.shards.length
}

const auditsOf = (fleet: Fleet) => fleet.runningTrackers.flatMap((tracker) => tracker.status().audit ?? [])
const repaired = (fleet: Fleet): number => fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0)

test('who keeps silent for a day has its shards counted as missing, however its heartbeats pause; who answers, and whose heartbeats pause, flap or end, has not', async (t) => {
  const running = await started()
  const { fleet } = running
  await using _ = fleet
  const peerOf = (i: number): string => itemAt(fleet.providers, i).machine.peer
  const liars = [BY_CLOCK, WHEN_ASKED].map(peerOf)
  const honest = [PAUSING, FLAPPING, RESTARTING].map(peerOf)
  const set = await putOn(fleet, liars)
  await putOn(fleet, honest)

  await runFor(22, running)
  t.true(auditsOf(fleet).some(({ contained }) => contained > 0))
  t.true(auditsOf(fleet).every(({ silent }) => silent === 0))
  t.is(repaired(fleet), 0)
  await runFor(12, running)
  t.true(await isElsewhere(fleet, set, liars))

  for (const tracker of fleet.runningTrackers) {
    const { transcripts } = await tracker.admin.listTranscripts({})
    const harmed = new Set(transcripts.filter(({ verdict }) => verdict !== 'proved').map(({ provider }) => provider))
    t.deepEqual([...harmed].toSorted(), liars.toSorted())
  }
  const drawsOf = (peer: string) => auditsOf(fleet).flatMap(({ providers }) => providers.filter((one) => one.peer === peer))
  for (const peer of honest) t.true(drawsOf(peer).some(({ draws }) => draws.proved > 0))
  t.true(drawsOf(peerOf(FLAPPING)).some(({ draws }) => draws.silent > 0))
  for (const { providers } of auditsOf(fleet)) t.true(providers.every(({ standing }) => standing.state === 'vetting'))
  t.deepEqual(fleet.defects, [])
})
