/**
 * How whole is a set: which shards can be relied on, which are missing and why, and how likely it is lost.
 *
 * Pure. A suspect holder still counts (a reboot is no loss) but weighs more in the risk. A shard that nobody holds is told from one
 * whose holder is silent and from one whose holder is gone for certain: they are repaired at different times (`plan.ts`).
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { LOSS_CHANCE, lossProbability } from '@lunarx/core/placement'
import type { Holder, KnownSet } from '../map/index.ts'

export interface HolderStanding {
  readonly state: 'alive' | 'suspect' | 'lost'
  readonly isDeclaredLost: boolean
  readonly silentMs: number
}

export interface MissingShard {
  readonly index: number
  /** certain: its holder lost it. silent: its holder is not heard. unheld: nobody said to have it. */
  readonly cause: 'certain' | 'silent' | 'unheld'
  /** The shortest silence among its holders; 0 unless silent. */
  readonly silentMs: number
}

export interface Assessment {
  /** Shards that can be relied on, minus k. Negative: lost unless holders come back. */
  readonly margin: number
  readonly missing: readonly MissingShard[]
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
  for (let index = 0; index < required + parity; index++) {
    const verdict = assessShard(
      holders.filter((holder) => holder.index === index),
      standingOf,
    )
    if (typeof verdict === 'number') chances.push(verdict)
    else missing.push({ index, ...verdict })
  }
  const margin = chances.length - required
  return { margin, missing, lossProbability: missing.length === 0 ? 0 : lossProbability(required, chances) }
}

/** The chance that the shard vanishes, or why it is missing. */
function assessShard(
  holders: readonly Holder[],
  standingOf: (peer: PeerId) => HolderStanding | undefined,
): number | Omit<MissingShard, 'index'> {
  const standings = holders.map((holder) => ({ holder, standing: standingOf(holder.peer) }))
  const relied = standings.filter(
    ({ holder, standing }) => !holder.isCondemned && standing?.isDeclaredLost !== true && standing?.state !== 'lost',
  )
  if (relied.length > 0) return relied.some(({ standing }) => standing?.state !== 'suspect') ? LOSS_CHANCE.alive : LOSS_CHANCE.suspect
  const silences = standings.flatMap(({ holder, standing }) =>
    !holder.isCondemned && standing?.state === 'lost' && !standing.isDeclaredLost ? [standing.silentMs] : [],
  )
  if (silences.length > 0) return { cause: 'silent', silentMs: Math.min(...silences) }
  return { cause: holders.length > 0 ? 'certain' : 'unheld', silentMs: 0 }
}
