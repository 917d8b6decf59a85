/**
 * How whole is a set: which shards can be relied on, which are missing and why, and how likely it is lost.
 *
 * Pure. A suspect holder still counts (a reboot is no loss) but weighs more in the risk. A shard that nobody holds is told from one
 * whose holder is silent and from one whose holder is gone for certain: they are repaired at different times (`plan.ts`). A provider
 * counts for one shard of a set: one that says to have them all must not keep the set from being repaired.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { countByRule, LOSS_CHANCE, lossProbability } from '@lunarx/core/placement'
import type { Holder, KnownSet } from '../map/index.ts'

export interface HolderStanding {
  readonly state: 'alive' | 'suspect' | 'lost'
  readonly isDeclaredLost: boolean
}

export interface MissingShard {
  readonly index: number
  /** certain: its holder lost it. silent: its holder is not heard. unheld: nobody said to have it. */
  readonly cause: 'certain' | 'silent' | 'unheld'
  /** The holders that are not heard: how long they have been silent is another number every second. None unless silent. */
  readonly silent: readonly PeerId[]
}

/** Nobody's silence. */
const NOBODY: readonly PeerId[] = []

/** Changes with the statements about the set, and with the state of a holder; not by time alone. */
export interface Assessment {
  /** Shards that can be relied on, minus k. Negative: lost unless holders come back. */
  readonly margin: number
  readonly missing: readonly MissingShard[]
  /** Of the missing, those of which somebody has a copy that was condemned: to be read again before the set is given up. */
  readonly doubted: number
  /** 0..1 within a repair window. */
  readonly lossProbability: number
}

type Shape = Pick<KnownSet, 'required' | 'parity'>

/** @param standingOf undefined for a provider that is not known (yet): it has made statements, so it is taken as alive */
export function assessSet(
  { required, parity }: Shape,
  holders: readonly Holder[],
  standingOf: (peer: PeerId) => HolderStanding | undefined,
): Assessment {
  const chances: number[] = []
  const missing: MissingShard[] = []
  const seen = holders.map((holder): Seen => ({ ...holder, standing: standingOf(holder.peer) }))
  const counted = onePerProvider(seen.filter((holder) => isRelied(holder, holder.standing)))
  const byIndex = Map.groupBy(seen, ({ index }) => index)
  for (let index = 0; index < required + parity; index++) {
    const verdict = assessShard(byIndex.get(index) ?? [])
    if (typeof verdict !== 'number') missing.push({ index, ...verdict })
    else if (counted.has(index)) chances.push(verdict)
    else missing.push({ index, cause: 'certain', silent: NOBODY })
  }
  const margin = chances.length - required
  const doubted = missing.filter(({ index }) => byIndex.get(index)?.some(isDoubted))
  return { margin, missing, doubted: doubted.length, lossProbability: missing.length === 0 ? 0 : lossProbability(required, chances) }
}

interface Seen extends Holder {
  readonly standing: HolderStanding | undefined
}

/** What it says to hold is there, or comes back. */
export function isRelied({ isCondemned }: Holder, standing: HolderStanding | undefined): boolean {
  return !isCondemned && standing?.isDeclaredLost !== true && standing?.state !== 'lost'
}

const isDoubted = (holder: Seen): boolean => holder.isCondemned && isRelied({ ...holder, isCondemned: false }, holder.standing)

/** Indices that count when every provider counts for one of them, whatever else it says to have: the most that are possible. */
function onePerProvider(relied: readonly Holder[]): ReadonlySet<number> {
  const isPlain = new Set(relied.map(({ peer }) => peer)).size === relied.length
  if (isPlain) return new Set(relied.map(({ index }) => index))
  const claims = relied.map(({ index, peer }) => ({ index, peer, domain: peer, store: undefined }))
  return new Set(countByRule(claims, { parity: 1, survive: 1 }).map(({ index }) => index))
}

/** The chance that the shard vanishes, or why it is missing. */
function assessShard(holders: readonly Seen[]): number | Omit<MissingShard, 'index'> {
  const relied = holders.filter((holder) => isRelied(holder, holder.standing))
  if (relied.length > 0) return relied.some(({ standing }) => standing?.state !== 'suspect') ? LOSS_CHANCE.alive : LOSS_CHANCE.suspect
  const silent = holders.flatMap(({ peer, isCondemned, standing }) =>
    !isCondemned && standing?.state === 'lost' && !standing.isDeclaredLost ? [peer] : [],
  )
  if (silent.length > 0) return { cause: 'silent', silent }
  return { cause: holders.length > 0 ? 'certain' : 'unheld', silent: NOBODY }
}
