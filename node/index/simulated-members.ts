/**
 * Row stores in a simulated network, for the tests beside: machines that join, crash, come back and lose their volumes, an operator
 * that issues epochs by `planEpoch`, and one tracker that passes them on.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { partitionMembers, planEpoch, signEpoch, type Epoch, type EpochMember, type FleetMember } from '@lunarx/core/epoch'
import { issueCredential, type NetworkConfig } from '@lunarx/core/membership'
import { hexOf, utf8, type Role } from '@lunarx/core/model'
import { partitionOf, signCommit, type RowDraft, type ValuedCommit } from '@lunarx/core/row'
import { identityOf } from '@lunarx/net/identity'
import type { Peers } from '@lunarx/net/peers'
import { SimulatedNetwork } from '@lunarx/net/simulated'
import { SimulatedClock, type MachineClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { announceEpoch, errorOf, readEpochs, readRows, writeRows, type AnswerOf, type Exchange } from '@lunarx/wire'
import { askPeer } from './ask/index.ts'
import { startRowStore, type RowStore } from './start.ts'

const YEAR_MS = 365 * 86_400_000
const networkKey = crypto.signKey(crypto.sha256(utf8('network')))
export const author = crypto.signKey(crypto.sha256(utf8('author')))
export const token = (name: string): Uint8Array => crypto.sha256(utf8(name))

export interface Member {
  readonly host: string
  readonly domain: string
  /** Counts volumes: a new one is a new peer. */
  volume: number
  stores: SimulatedStores
  running: { readonly clock: MachineClock; readonly peers: Peers; readonly rows: RowStore } | undefined
  isLost: boolean
  /** Trackers say so: the next epoch leaves it out. */
  lacksRows?: boolean
}

export class SimulatedMembers {
  readonly clock = new SimulatedClock()
  readonly random: SeededRandom
  readonly trace = new Trace(this.clock)
  readonly network: SimulatedNetwork
  readonly members: Member[] = []
  readonly config: NetworkConfig
  readonly survive: number
  readonly client: Peers
  /** Newest last. */
  readonly epochs: { readonly epoch: Epoch; readonly document: SignedDocument }[] = []

  constructor(seed: number, survive = 1) {
    this.random = new SeededRandom(seed)
    this.survive = survive
    const { clock, trace } = this
    const network = { network: 'net', networkKey: hexOf(networkKey.publicKey) }
    this.network = new SimulatedNetwork({
      ...network,
      clock,
      random: this.random.fork('network'),
      trace,
      onDefect: (where, error) => {
        throw new Error(`defect in ${where}`, { cause: error })
      },
    })
    this.config = {
      ...network,
      trackers: [{ host: 'tracker', controlPort: 1, dataPort: 2 }],
      classes: [{ name: 'c', required: 4, parity: 2, survive, inlineBytes: 65_536, versions: 1 }],
      defaultClass: 'c',
      domainKey: 'zone',
      survive,
      detection: { heartbeatMs: 2_000, suspectMs: 15_000, lostMs: 60_000 },
      repair: { rebuildAfterMs: 60_000, bytesPerSecond: 1e6 },
    }
    this.client = this.#join('client', 'client', 0, clock.machine())
    const tracker = this.#join('tracker', 'tracker', 0, clock.machine())
    tracker.answer(readEpochs, async () => ({
      epochs: this.epochs
        .slice(-2)
        .reverse()
        .map(({ document }) => document),
    }))
    this.tracker = tracker
  }

  readonly tracker: Peers

  #join(host: string, role: Role, volume: number, clock: MachineClock) {
    const identity = this.#identityOf({ host, volume })
    const credential = { network: 'net', peer: identity.peer, role, name: host, domains: {}, issuedMs: 0, expiresMs: clock.now() + YEAR_MS }
    const document = issueCredential(credential, networkKey)
    const platform = { clock, crypto, log: this.trace.log(host), metrics: new RecordedMetrics() }
    return this.network.join({ host, identity, credential: () => document }, platform)
  }

  /** A provider on a new machine. */
  async add(domain: string): Promise<Member> {
    const host = `p${this.members.length}`
    const stores = new SimulatedStores({ random: this.random.fork(host) })
    const member: Member = { host, domain, volume: 0, stores, running: undefined, isLost: false }
    this.members.push(member)
    await this.boot(member)
    return member
  }

  async boot(member: Member): Promise<void> {
    const clock = this.clock.machine()
    const random = this.random.fork(`${member.host}/${this.clock.elapsed()}`)
    const peers = this.#join(member.host, 'provider', member.volume, clock)
    const openStore = member.stores.opener({ clock, commitMs: [0.5, 8] })
    const { signKey } = this.#identityOf(member)
    const rows = await startRowStore(
      { network: this.config, self: peers.self, signKey },
      { clock, crypto, random, openStore, log: this.trace.log(member.host) },
      peers,
    )
    member.running = { clock, peers, rows }
  }

  /** Power off: what was not committed is gone. */
  crash(member: Member): void {
    if (!member.running) return
    this.network.crash(member.host)
    member.running.clock.halt()
    member.stores.crash()
    member.running = undefined
  }

  /** The volume is gone, and everybody knows; the machine comes back empty, as another peer. */
  async replace(member: Member): Promise<void> {
    this.crash(member)
    member.isLost = true
    const successor: Member = {
      ...member,
      volume: member.volume + 1,
      stores: new SimulatedStores({ random: this.random.fork(`${member.host}/${member.volume + 1}`) }),
      isLost: false,
    }
    this.members.push(successor)
    await this.boot(successor)
  }

  peerOf(member: Member): string {
    return this.#identityOf(member).peer
  }

  #identityOf({ host, volume }: Pick<Member, 'host' | 'volume'>) {
    return identityOf(crypto.sha256(utf8(`${host}/${volume}`)), crypto)
  }

  /** What the operator does: a new epoch if one is due, told to the given members (the tracker always has it). */
  async issueEpoch(tell: readonly Member[] = this.members): Promise<boolean> {
    const plan = planEpoch(
      {
        network: 'net',
        previous: this.epochs.at(-1)?.epoch,
        fleet: this.members.map((member) => this.#report(member)),
        trackers: [],
        survive: this.survive,
        nowMs: this.clock.now(),
      },
      crypto,
    )
    if (plan.kind === 'keep') return false
    const document = signEpoch(plan.epoch, networkKey)
    this.epochs.push({ epoch: plan.epoch, document })
    await Promise.allSettled(tell.map(({ host }) => askPeer(this.tracker, address(host), announceEpoch, { epoch: document })))
    return true
  }

  /** The epoch of this number. */
  epoch(number: number): Epoch {
    return present(this.epochs[number - 1]).epoch
  }

  /** Everybody who is not lost is there and has merged the newest epoch. */
  isMerged(): boolean {
    const number = this.epochs.at(-1)?.epoch.number ?? 0
    return this.members.every(({ isLost, running }) => isLost || (running !== undefined && running.rows.mergedEpoch() >= number))
  }

  #report(member: Member): FleetMember {
    const peer = this.peerOf(member)
    const rows = member.running?.rows
    return {
      peer,
      name: member.host,
      domain: member.domain,
      address: { ...address(member.host), peer },
      state: member.isLost ? 'lost' : rows ? 'alive' : 'suspect',
      declaredLost: member.isLost,
      services: ['storage', 'index'],
      epoch: rows?.epoch() ?? 0,
      mergedEpoch: rows?.mergedEpoch() ?? 0,
      lacksRows: member.lacksRows === true ? 'yes' : undefined,
    }
  }

  /** Members of a table's partition in an epoch. */
  placed(epoch: Epoch, table: string): EpochMember[] {
    return partitionMembers(epoch, partitionOf(author.publicKey, token(table), crypto), crypto)
  }

  ask<Q, A>(member: EpochMember, exchange: Exchange<Q, A>, question: Q): Promise<A> {
    return askPeer(this.client, member.address, exchange, question)
  }

  /** One commit to one member. @throws {LunarError} what it is refused for */
  async writeTo(member: EpochMember, epoch: number, commit: ValuedCommit): Promise<void> {
    const { refusals } = await this.ask(member, writeRows, { epoch, commits: [commit] })
    for (const refusal of refusals) if (refusal) throw errorOf(refusal)
  }

  async write(epoch: Epoch, table: string, commit: ValuedCommit): Promise<PromiseSettledResult<unknown>[]> {
    return Promise.allSettled(this.placed(epoch, table).map((member) => this.writeTo(member, epoch.number, commit)))
  }

  /** Answers of the members, those that failed left out. */
  async read(epoch: Epoch, table: string, row: string) {
    const keys = [wanted(table, row)]
    const asked = await Promise.allSettled(
      this.placed(epoch, table).map((member) => this.ask(member, readRows, { epoch: epoch.number, keys })),
    )
    return asked.flatMap((result) => (result.status === 'fulfilled' ? result.value.rows.map(answered) : []))
  }

  settle<T>(work: Promise<T>): Promise<T> {
    return this.clock.runWhile(work, 600_000)
  }
}

const address = (host: string) => ({ host, controlPort: 1, dataPort: 2 })

export const sign = (change: Partial<RowDraft> & Pick<RowDraft, 'table' | 'row' | 'writer' | 'clock'>, key = author): ValuedCommit =>
  signCommit({ author: author.publicKey, parents: [], timeMs: 1, value: utf8('value'), ...change }, key, crypto)

/** A row as it is asked for, with its values. */
export const wanted = (table: string, row: string) => ({
  author: author.publicKey,
  table: token(table),
  row: token(row),
  values: true,
  have: [] as Uint8Array[],
})

type ReadRow = AnswerOf<typeof readRows>['rows'][number]

/** @throws {LunarError} what the row was refused for */
export function answered(row: ReadRow): Extract<ReadRow, { complete: boolean }> {
  if ('refusal' in row) throw errorOf(row.refusal)
  return row
}

/** What a test knows to be there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test expected something to be there')
  return value
}
