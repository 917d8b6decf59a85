/**
 * Trackers as processes, and in this process what surrounds them: providers that beat, hold, confirm and report, and keep nothing, and
 * clients. So what trackers cost is told from the rest by the CPU time of their processes, and no disk of a provider stands in the way.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { encodeBytes } from '@lunarx/core/document'
import { RANGE_DIGEST_BYTES, shardKeyBytes } from '@lunarx/core/inventory'
import { issueCredential, type NetworkConfig, type RunConfig } from '@lunarx/core/membership'
import { concatBytes, hasCode, hexOf, type PeerAddress, type Role } from '@lunarx/core/model'
import { openPeers, type RealPeers } from '@lunarx/net'
import { identityOf } from '@lunarx/net/identity'
import { systemPlatform, type SystemPlatform } from '@lunarx/runtime/platform'
import {
  compareInventory,
  confirm,
  confirmMany,
  heartbeat,
  holdMany,
  inventory,
  PAGE_SHARDS,
  type AnswerOf,
  type QuestionOf,
} from '@lunarx/wire'
import { freePorts } from '../../hack/servers/ports.ts'
import type { Program } from './program.ts'
import type { TrackerOrder } from './tracker-process.ts'

const HOST = '127.0.0.1'
export const BENCH_NETWORK = 'bench'
const DOMAIN_KEY = 'kubernetes.io/hostname'
const HEARTBEAT_MS = 5_000
const INCARNATION = 'bench'
const YEAR_MS = 365 * 24 * 3_600_000
const CAPACITY_BYTES = 2 ** 50

export interface TrackerNetwork extends AsyncDisposable {
  readonly trackers: readonly Required<PeerAddress>[]
  readonly pids: readonly number[]
  /** Each asks like a client. */
  readonly clients: readonly RealPeers[]
  /** Every provider tells every tracker what it has confirmed since the last time, as it does behind a heartbeat. */
  report(): Promise<void>
}

/** What is to be measured. */
interface TrackerFleet {
  readonly trackers: number
  readonly providers: number
  readonly clients: number
}

interface Member {
  readonly role: Role
  readonly name: string
}

/**
 * Resolves when every tracker has heard every provider.
 * @param store where trackers keep their maps: each has its own files, or keys of its own
 */
export async function startTrackers(
  folder: string,
  { trackers: count, providers, clients: clientCount }: TrackerFleet,
  store: RunConfig['store'],
  { nodeOptions }: Program,
): Promise<TrackerNetwork> {
  await using opened = new AsyncDisposableStack()
  const platform = await systemPlatform({ dataFolder: join(folder, 'around'), logLevel: 'error' })
  const { crypto, random, clock } = platform
  const networkKey = crypto.signKey(random.bytes(32))
  const firstPort = await freePorts(2 * (count + providers))
  const listenAt = (place: number) => ({ host: HOST, controlPort: firstPort + 2 * place, dataPort: firstPort + 2 * place + 1 })
  const network = networkOf(
    hexOf(networkKey.publicKey),
    Array.from({ length: count }, (_, i) => listenAt(i)),
  )
  const member = ({ role, name }: Member) => {
    const identity = identityOf(random.bytes(32), crypto)
    const [issuedMs, expiresMs] = [clock.now(), clock.now() + YEAR_MS]
    const fields = { network: BENCH_NETWORK, peer: identity.peer, role, name, domains: { [DOMAIN_KEY]: name }, issuedMs, expiresMs }
    return { identity, credential: issueCredential(fields, networkKey) }
  }
  const started = await Promise.all(
    network.trackers.map(async (listen, i) => {
      const { identity, credential } = member({ role: 'tracker', name: `tracker-${i}` })
      const order = { network, seed: identity.seed, credential, listen, dataFolder: join(folder, `tracker-${i}`), store }
      const pid = await startProcess(order, nodeOptions, opened)
      return { pid, address: { ...listen, peer: identity.peer } }
    }),
  )
  const open = async (who: Member, place?: number): Promise<RealPeers> => {
    const { identity, credential } = member(who)
    const listen = place === undefined ? undefined : listenAt(place)
    return opened.use(await openPeers({ ...network, identity, credential: () => credential, listen }, platform))
  }
  const trackers = started.map(({ address }) => address)
  const reports: (() => Promise<void>)[] = []
  for (let i = 0; i < providers; i++) {
    const peers = await open({ role: 'provider', name: `provider-${i}` }, count + i)
    reports.push(await standIn(peers, listenAt(count + i), trackers, platform, opened))
  }
  const report = async (): Promise<void> => {
    for (const one of reports) await one()
  }
  const clients: RealPeers[] = []
  for (let i = 0; i < clientCount; i++) clients.push(await open({ role: 'client', name: `client-${i}` }))
  const running = opened.move()
  return { trackers, clients, report, pids: started.map(({ pid }) => pid), [Symbol.asyncDispose]: () => running.disposeAsync() }
}

const networkOf = (networkKey: string, trackers: NetworkConfig['trackers']): NetworkConfig => ({
  network: BENCH_NETWORK,
  networkKey,
  trackers,
  classes: [{ name: '10+4', required: 10, parity: 4, survive: 4, inlineBytes: 0, versions: 1 }],
  defaultClass: '10+4',
  domainKey: DOMAIN_KEY,
  survive: trackers.length === 1 ? 0 : 1,
  detection: { heartbeatMs: HEARTBEAT_MS, suspectMs: 60_000, lostMs: 600_000 },
  repair: { rebuildAfterMs: 600_000, bytesPerSecond: 1e9 },
})

async function startProcess(order: TrackerOrder, nodeOptions: readonly string[], opened: AsyncDisposableStack): Promise<number> {
  const script = join(import.meta.dirname, 'tracker-process.ts')
  const child = fork(script, [], { execArgv: [...nodeOptions], stdio: ['ignore', 2, 2, 'ipc'], serialization: 'advanced' })
  const ended = once(child, 'exit')
  opened.defer(async () => {
    if (child.connected) child.disconnect()
    await ended
  })
  await once(child, 'message')
  const answered = Promise.race([once(child, 'message'), ended])
  child.send(order)
  const [answer] = (await answered) as [{ readonly started?: true; readonly error?: string }]
  if (!answer.started || child.pid === undefined) throw new Error(`a tracker did not start: ${answer.error ?? 'it ended'}`)
  return child.pid
}

/**
 * On a machine that is busy answers, and handshakes, may take longer than they are waited for. Asked again they cost again: no figure gets
 * better by it.
 */
export async function patiently<T>(work: () => Promise<T>, tries = 8): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (tries === 1 || !hasCode(error, 'NO_ROOM', 'PEER_UNREACHABLE', 'TIMEOUT', 'TOO_MANY_REQUESTS')) throw error
    return await patiently(work, tries - 1)
  }
}

/** The connection is kept, and trackers ask over it: their own limit is short for a machine that is busy with thirty handshakes. */
async function dial(peers: RealPeers, tracker: PeerAddress, tries = 12): Promise<void> {
  try {
    await peers.ask(tracker, confirm, { shards: [] })
  } catch (error) {
    if (hasCode(error, 'UNKNOWN_EXCHANGE', 'UNAUTHORIZED')) return // nobody asks a tracker that
    if (tries === 1) throw error
    await dial(peers, tracker, tries - 1)
  }
}

type HeldShard = QuestionOf<typeof holdMany>['shards'][number]

/** A provider as trackers see it. Its reservation keys have a signature that no tracker looks at. @returns reports */
async function standIn(
  peers: RealPeers,
  at: Omit<Required<PeerAddress>, 'peer'>,
  trackers: readonly PeerAddress[],
  { random }: SystemPlatform,
  opened: AsyncDisposableStack,
): Promise<() => Promise<void>> {
  const confirmed = new Map<string, Uint8Array>()
  const [nonce, signature] = [random.bytes(16), random.bytes(64)]
  const keyOf = (shard: HeldShard) => ({ body: encodeBytes({ ...shard, provider: peers.self, nonce }), signature })
  peers.answer(holdMany, async ({ shards }) => ({ held: shards.map((shard) => ({ key: keyOf(shard) })) }))
  peers.answer(confirmMany, async ({ shards }) => {
    for (const shard of shards) confirmed.set(`${hexOf(shard.segment)} ${shard.index}`, shardKeyBytes(shard))
    return { held: shards.map(() => true) }
  })
  const state = {
    address: { ...at, peer: peers.self },
    services: ['storage' as const],
    store: null,
    capacityBytes: CAPACITY_BYTES,
    usedBytes: 0,
    reservedBytes: 0,
    shards: 0,
    epoch: 0,
    mergedEpoch: 0,
    inventorySequence: 0,
    drain: { revision: 0, isDraining: false },
    incarnation: INCARNATION,
  }
  const beat = async (): Promise<void> => {
    await Promise.all(trackers.map((tracker) => peers.ask(tracker, heartbeat, state)))
  }
  for (const tracker of trackers) await dial(peers, tracker)
  await patiently(beat)
  const beating = setInterval(() => void beat().catch(() => undefined), HEARTBEAT_MS)
  opened.defer(() => clearInterval(beating))
  for (const tracker of trackers) await patiently(() => reportNothing(peers, tracker))
  let sequence = 0
  return async () => {
    const told = [...confirmed.keys()]
    const keys = told.flatMap((key) => confirmed.get(key) ?? [])
    for (let at = 0; at < keys.length; at += PAGE_SHARDS) {
      const held = concatBytes(...keys.slice(at, at + PAGE_SHARDS))
      sequence++
      const page = { incarnation: INCARNATION, round: null, range: null, held, gone: new Uint8Array(), sequence }
      await Promise.all(trackers.map(async (tracker) => assertTaken((await peers.ask(tracker, inventory, page)).answer)))
    }
    for (const key of told) confirmed.delete(key)
  }
}

/** The first report of a provider that holds nothing yet. */
async function reportNothing(peers: RealPeers, tracker: PeerAddress): Promise<void> {
  const nothing = new Uint8Array()
  const round = { incarnation: INCARNATION, round: 1 }
  const ranges = [{ until: nothing, digest: new Uint8Array(RANGE_DIGEST_BYTES) }]
  await peers.ask(tracker, compareInventory, { ...round, first: true, from: nothing, ranges })
  const page = { ...round, range: { from: nothing, until: nothing }, held: nothing, gone: nothing, sequence: 0 }
  assertTaken((await peers.ask(tracker, inventory, page)).answer)
}

function assertTaken({ taken }: AnswerOf<typeof inventory>): void {
  if (!taken) throw new Error('a tracker did not take a report')
}
