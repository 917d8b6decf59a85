/**
 * The row store of one provider: keeps epochs, answers clients and members, takes over on a new epoch, converges with co-members.
 *
 * Sees tokens, ciphertext and signatures, never a key. Runs on every provider, for all of them keep epochs; rows are placed only
 * with members of an epoch.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import type { NetworkConfig, PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Platform } from '@lunarx/runtime/platform'
import { Tasks } from '@lunarx/runtime/tasks'
import { answerClients } from './answer/clients.ts'
import { answerMembers } from './answer/members.ts'
import { Comparison, TakeOver } from './converge/index.ts'
import { EpochFetcher, EpochGate, EpochKeeper, serveEpochs } from './epochs/index.ts'
import { ROW_LIMITS } from './limits.ts'
import { answerRowAudits, Refetch, RowProver } from './prove/index.ts'
import { RowTable } from './table/index.ts'

export interface RowStoreConfig {
  readonly network: NetworkConfig
  readonly self: PeerId
  /** Key of `self`: it signs what it answers to audits. */
  readonly signKey: SignKey
}

/** What the row store needs of the platform. */
export type RowPlatform = Pick<Platform, 'clock' | 'crypto' | 'log' | 'openStore' | 'random'>

export interface RowStore extends AsyncDisposable {
  /** Number of the newest epoch; 0: none yet. */
  epoch(): number
  /** Newest epoch for which all that the epoch before handed over is merged. */
  mergedEpoch(): number
  /** Peers that sit on tracker slots of the newest epoch. */
  trackers(): readonly PeerId[]
  /** Members of the newest epoch: providers that host rows. */
  members(): readonly PeerAddress[]
  /** Takes this epoch if it is newer. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK; FULL, STORE_FAILED */
  adoptEpoch(document: SignedDocument): Promise<void>
  /** Fetches the epochs of this peer and takes what is newer. @throws {LunarError} as adoptEpoch, and what asking throws */
  fetchEpochs(from: PeerAddress, signal?: AbortSignal): Promise<void>
}

/** Opens the store `rows`, registers the exchanges of rows and epochs, starts the background work. */
export async function startRowStore({ network, self, signKey }: RowStoreConfig, platform: RowPlatform, peers: Peers): Promise<RowStore> {
  const { clock, crypto, random } = platform
  const log = platform.log.with({ part: 'rows' })
  const store = await platform.openStore('rows')
  const table = new RowTable(store)
  const epochs = await EpochKeeper.open({ network, self, store, crypto, log })
  const fetcher = new EpochFetcher({ peers, epochs, trackers: network.trackers, clock, log })
  const gate = new EpochGate({ epochs, fetcher, crypto, clock, self })
  const takeOver = new TakeOver({ peers, table, crypto, epochs, fetcher, self, clock, random, log })
  const comparison = new Comparison({ peers, table, crypto, epochs, random, self, log })

  serveEpochs(peers, epochs)
  answerClients(peers, { table, gate, crypto })
  answerMembers(peers, { table, gate, crypto, epochs, self })

  const tasks = new Tasks({ clock, log })
  const refetch = new Refetch({ peers, table, gate, epochs, crypto, self, log, tasks })
  answerRowAudits(peers, new RowProver({ network: network.network, self, signKey, table, gate, crypto, clock, refetch }))
  tasks.repeat(
    'take over rows',
    () => ROW_LIMITS.takeOverPauseMs * (0.5 + random.uniform()),
    (signal) => takeOver.pass(signal),
  )
  tasks.repeat(
    'compare rows',
    () => ROW_LIMITS.comparePauseMs * (0.5 + random.uniform()),
    (signal) => comparison.pass(signal),
  )

  return {
    epoch: () => epochs.number,
    mergedEpoch: () => epochs.mergedEpoch,
    trackers: () => epochs.standing?.current.trackerSlots ?? [],
    members: () => epochs.standing?.current.members.map(({ peer, address }) => ({ ...address, peer })) ?? [],
    adoptEpoch: async (document) => void (await epochs.adopt(document)),
    fetchEpochs: (from, signal) => fetcher.fetchFrom(from, signal),
    async [Symbol.asyncDispose]() {
      await tasks[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
