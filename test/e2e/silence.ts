/**
 * When trackers say of providers that fell silent that they are suspect, then lost, and when no set is without a spare shard again.
 *
 * What is seen by looks is known no better than from one look to the next: limits are held against the latest look that had not seen it,
 * so that neither the pause between two nor a slow one counts as lateness.
 *
 * @module
 */
import type { ExecutionContext } from 'ava'
import { until, type Cluster } from '../../hack/cluster/cluster.ts'
import { liveStatus, type LiveStatus } from '../../hack/cluster/network.ts'
import { NAMESPACE } from './network.ts'
import { isFullRun } from './report.ts'

const SUSPECT_SECONDS = 15
const LOST_SECONDS = 60
/** From the loss on. */
const HEALED_SECONDS = 60
/** A pod that is deleted by force still sends heartbeats until the kubelet has ended it. */
const STOPPED_SECONDS = 5

/** Seconds since they fell silent: it came about after the one and before the other. */
interface Moment {
  readonly after: number
  readonly before: number
}

export interface Silence {
  readonly suspect: Moment
  readonly lost: Moment
  readonly healed: Moment
}

export interface SilenceOptions {
  /** When they were made silent, by `performance.now()`. */
  readonly sinceMs: number
  /** Shards that were rebuilt before: more must be now. Default: not looked at, since a tracker is away with its count. */
  readonly repairedBefore?: number
}

async function momentOf(what: string, limitMs: number, sinceMs: number, isSo: () => Promise<boolean>): Promise<Moment> {
  const seconds = (): number => (performance.now() - sinceMs) / 1000
  let after = 0
  const before = await until(what, limitMs, async () => {
    const begun = seconds()
    if (await isSo()) return seconds()
    after = begun
    return undefined
  })
  return { after, before }
}

/** The peers that live in these pods now, one in each. */
export const peersIn = (cluster: Cluster, pods: readonly string[]): Promise<string[]> =>
  until('a live peer in every pod', 60_000, async () => {
    const { providers } = await liveStatus(cluster, NAMESPACE)
    const live = providers.filter(({ name, state, declaredLost }) => state === 'alive' && !declaredLost && pods.includes(name))
    return live.length === pods.length ? live.map(({ peer }) => peer) : undefined
  })

/** @throws {Error} it takes minutes; the operator declared one lost, whose silence alone was to tell */
export async function watchSilence(
  cluster: Cluster,
  peers: readonly string[],
  { sinceMs, repairedBefore }: SilenceOptions,
): Promise<Silence> {
  const allAre = (states: readonly string[], limitMs: number): Promise<Moment> =>
    momentOf(`${peers.length} providers to be ${states.join(' or ')}`, limitMs, sinceMs, async () => {
      const seen = (await liveStatus(cluster, NAMESPACE)).providers.filter(({ peer }) => peers.includes(peer))
      if (seen.some(({ declaredLost }) => declaredLost)) throw new Error(`declared lost: ${JSON.stringify(seen)}`)
      return seen.length === peers.length && seen.every(({ state }) => states.includes(state))
    })
  const isHealed = ({ sets: { margin, repairedShards } }: LiveStatus): boolean =>
    (margin['0'] ?? 0) === 0 && (margin['lost'] ?? 0) === 0 && (repairedBefore === undefined || repairedShards > repairedBefore)
  return {
    suspect: await allAre(['suspect', 'lost'], 120_000),
    lost: await allAre(['lost'], 240_000),
    healed: await momentOf('no set without a spare shard', 300_000, sinceMs, async () => isHealed(await liveStatus(cluster, NAMESPACE))),
  }
}

/** For the report: from the last look that had not seen it to the end of the first that had. */
export function secondsOf({ suspect, lost, healed }: Silence) {
  const between = ({ after, before }: Moment): string => `${Math.floor(after)} to ${Math.ceil(before)}`
  return { suspectSeconds: between(suspect), lostSeconds: between(lost), healedSeconds: between(healed) }
}

/** In a full run: as soon as it is promised. */
export function assertInTime(t: ExecutionContext, { suspect, lost, healed }: Silence): void {
  if (!isFullRun) return
  t.true(suspect.after <= SUSPECT_SECONDS + STOPPED_SECONDS, `not suspect after ${suspect.after} s`)
  t.true(lost.after <= LOST_SECONDS + STOPPED_SECONDS, `not lost after ${lost.after} s`)
  t.true(healed.after - lost.before <= HEALED_SECONDS, `not healed ${healed.after - lost.before} s after the loss`)
}
