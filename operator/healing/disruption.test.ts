import type { FleetProvider } from '@lunarx/wire'
import test from 'ava'
import { absencesAllowed } from './disruption.ts'
import { aProvider } from './fleet.fixture.ts'

const EPOCH = { number: 4, members: ['p1', 'p2'] }
const MERGED = { epoch: 4, mergedEpoch: 4 }
const LOST: Partial<FleetProvider> = { state: 'lost', silentMs: 70_000 }

/** p0 is away; p1 and p2 are there. */
const seen = (margin: string, away: Partial<FleetProvider>, others: Partial<FleetProvider> = {}) => ({
  fleet: {
    providers: [aProvider('a-0', 'p0', away), ...['1', '2'].map((i) => aProvider(`a-${i}`, `p${i}`, { ...MERGED, ...others }))],
    sets: { margin: { [margin]: 3 }, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 },
  },
  unready: ['a-0'],
  epoch: EPOCH,
})

/** The others lack rows; these are no members. */
const lackingRows = ({ fleet, ...sight }: ReturnType<typeof seen>, out: readonly string[]) => ({
  ...sight,
  fleet: { ...fleet, providers: fleet.providers.map((one) => (one.peer === 'p0' ? one : { ...one, lacksRows: 'yes' as const })) },
  epoch: { number: 4, members: EPOCH.members.filter((peer) => !out.includes(peer)) },
})

for (const [title, sight, allowed] of [
  ['nobody is away', seen('2', MERGED), 1],
  ['nobody is away, no set can spare a shard', seen('0', MERGED), 0],
  ['nobody is away, rows are being taken over', seen('2', MERGED, { mergedEpoch: 3 }), 1],
  ['one is away and counted as lost, all can spare a shard without it', seen('1', LOST), 2],
  ['one is away, and a set has no spare shard', seen('0', LOST), 0],
  ['one is silent for a moment', seen('2', { state: 'suspect', silentMs: 20_000 }), 0],
  ['one is away whose rows lie with nobody else yet', { ...seen('1', LOST), epoch: { number: 4, members: ['p0', 'p1', 'p2'] } }, 0],
  ['one is away whose rows others are still taking over', seen('1', LOST, { mergedEpoch: 3 }), 0],
  [
    'one is away; another lacks rows, is left out and has not taken note of it',
    lackingRows(seen('1', LOST, { mergedEpoch: 3 }), EPOCH.members),
    2,
  ],
  ['one is away; another lacks rows, and is to take over more', lackingRows(seen('1', LOST, { mergedEpoch: 3 }), []), 0],
  ['one is cut off, and its pod is ready', { ...seen('1', LOST), unready: [] }, 0],
  ['one is gone for good', seen('2', { ...LOST, declaredLost: true }), 1],
  ['no tracker answers', { fleet: undefined, unready: [], epoch: undefined }, 0],
] as const)
  test(`absences: ${title}: ${allowed}`, (t) => t.is(absencesAllowed(sight), allowed))
