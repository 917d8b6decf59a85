/**
 * Real trackers and providers in one process under a seed, with rows of one table on them; one of its members may lie.
 *
 * @module
 */
import { documentId } from '@lunarx/core/document'
import { EPOCH, partitionMembers, signEpoch, type Epoch } from '@lunarx/core/epoch'
import { hexOf, utf8 } from '@lunarx/core/model'
import { partitionOf, signCommit, type ValuedCommit } from '@lunarx/core/row'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { writeRows } from '@lunarx/wire'
import { Fleet, type FleetOptions } from '../../../../test/fleet/fleet.ts'
import { answeringRows, type RowLie } from '../../../../test/fleet/liars.ts'
import { ask } from '../../../../test/fleet/sets.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** A draw of each provider every 70 s. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 9 * HOUR }
/** Rare heartbeats, so that hours are cheap. */
const DETECTION = { heartbeatMs: 60_000, suspectMs: 180_000, lostMs: 600_000 }
const TRACKERS = 2
const PROVIDERS = 4
const ROWS = 12
export const VETTING = Array.from({ length: TRACKERS }, () => 'vetting')
const author = crypto.signKey(crypto.sha256(utf8('author')))
const TABLE = crypto.sha256(utf8('table'))

export interface Rows {
  readonly fleet: Fleet
  epoch: Epoch
  /** Id of the epoch. */
  epochId: Uint8Array | null
  readonly commits: ValuedCommit[]
}

/** The next epoch, of these providers, is known to everybody that runs. */
export async function adopt(rows: Rows, providers: readonly Fleet['providers'][number][]): Promise<void> {
  const { fleet } = rows
  const members = providers.map(({ machine }) => ({
    peer: machine.peer,
    name: machine.place.host,
    domain: machine.place.host,
    address: machine.address,
  }))
  // no tracker is on a slot: without a beacon the clock is cheap
  const value = { network: fleet.config.network, number: rows.epoch.number + 1, survive: 1, members, trackerSlots: [] }
  rows.epoch = { ...value, createdMs: Math.floor(fleet.clock.now()), previous: rows.epochId }
  const document = signEpoch(rows.epoch, fleet.networkKey)
  rows.epochId = documentId(EPOCH, document, crypto)
  await fleet.tell((tracker) => tracker.announceEpoch(document))
  await fleet.clock.runFor(MINUTE)
}

export async function started(options: Partial<FleetOptions> = {}): Promise<Rows> {
  const network = { audit: AUDIT, detection: DETECTION }
  const fleet = await Fleet.start({ seed: 1, trackers: TRACKERS, providers: PROVIDERS, domains: PROVIDERS, network, ...options })
  await fleet.clock.runFor(MINUTE)
  const none: Epoch = { network: '', number: 0, survive: 1, members: [], trackerSlots: [], createdMs: 0, previous: null }
  const rows: Rows = { fleet, epoch: none, epochId: null, commits: [] }
  await adopt(rows, fleet.providers)
  return rows
}

/** Members of the table's partition. */
export const membersOf = ({ epoch }: Pick<Rows, 'epoch'>) => partitionMembers(epoch, partitionOf(author.publicKey, TABLE, crypto), crypto)

/** Writes a row to all its members, or to some. */
export async function write(rows: Rows, row: string, clock: number, members = membersOf(rows)): Promise<void> {
  const { fleet, epoch, commits } = rows
  const writer = new Uint8Array(8)
  const about = { author: author.publicKey, table: TABLE, row: crypto.sha256(utf8(row)), parents: [], writer, timeMs: 1 }
  const commit = signCommit({ ...about, clock: { [hexOf(writer)]: clock }, value: utf8(`${row} ${clock}`) }, author, crypto)
  commits.push(commit)
  for (const { address } of members) {
    const { refusals } = await fleet.run(ask(fleet, address, writeRows, { epoch: epoch.number, commits: [commit] }))
    if (refusals[0]) throw new Error(refusals[0].code)
  }
}

export async function writeAll(rows: Rows, clock = 1): Promise<void> {
  for (let i = 0; i < ROWS; i++) await write(rows, `row ${i}`, clock)
}

/** Of all trackers together. */
export const countsOf = (fleet: Fleet, peer: string) => {
  const each = fleet.runningTrackers.flatMap((tracker) => tracker.status().audit?.providers.find((one) => one.peer === peer)?.rows ?? [])
  const sum = (of: Exclude<keyof (typeof each)[number], 'lacking'>): number => each.reduce((so, one) => so + one[of], 0)
  const [proved, disproved, lost, silent] = [sum('proved'), sum('disproved'), sum('lost'), sum('silent')]
  return { proved, disproved, lost, silent, contained: sum('contained'), missing: sum('missing') }
}

/** What each tracker says of a provider that lacks rows. */
export const lackingOf = (fleet: Fleet, peer: string) =>
  fleet.runningTrackers.map((tracker) => tracker.status().audit?.providers.find((one) => one.peer === peer)?.rows?.lacking)

export const standingsOf = (fleet: Fleet, peer: string) =>
  fleet.runningTrackers.map((tracker) => tracker.status().audit?.providers.find((one) => one.peer === peer)?.standing.state)

/** One of the members of the table, which lies. */
export async function withLiar(lie: RowLie, options: Partial<FleetOptions> = {}): Promise<Rows & { readonly liar: string }> {
  const liars = new Set<string>()
  const disguise: FleetOptions['disguise'] = (i, peers, signKey) =>
    answeringRows(options.disguise?.(i, peers, signKey) ?? peers, signKey, lie, () => liars.has(peers.self))
  const rows = await started({ ...options, disguise })
  const [first] = membersOf(rows)
  const liar = first?.peer ?? ''
  liars.add(liar)
  await writeAll(rows)
  return Object.assign(rows, { liar })
}
