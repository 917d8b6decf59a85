/**
 * Shows how a fleet heals, until it has rebuilt as many shards as were lost and no set is degraded.
 *
 * @module
 */
import { until } from '../cluster/cluster.ts'
import type { LiveSets } from '../cluster/network.ts'
import type { Narrator } from './narrator.ts'

const LIMIT_MS = 300_000

/** @param before what `look` gave before the loss */
export async function watchHealing(look: () => Promise<LiveSets>, before: LiveSets, lostShards: number, narrator: Narrator): Promise<void> {
  let shown = ''
  await until(`${lostShards} shards to be rebuilt`, LIMIT_MS, async () => {
    const { margin, degraded, repairedShards } = await look()
    const rebuilt = repairedShards - before.repairedShards
    const margins = Object.entries(margin).map(([spare, sets]) => `margin ${spare}: ${sets} sets`)
    const line = `${margins.join(', ')}; ${lostShards} shards lost, ${rebuilt} rebuilt`
    if (line !== shown) narrator.say(line)
    shown = line
    return rebuilt >= lostShards && degraded === 0 ? true : undefined
  })
}
