/**
 * Opens a client over a network: the composition root of the SDK, the same in pods, in `lunarx` and in the simulation.
 *
 * @module
 */
import type { NetworkConfig } from '@lunarx/core/membership'
import { granteeText, ownerKeys } from '@lunarx/core/keys'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Platform } from '@lunarx/runtime/platform'
import type { Client } from './client.ts'
import { collectGarbage } from './collect-garbage.ts'
import { RecentFailures } from './failures.ts'
import { DamageReports, get, Pace, setsUnder, type GetDeps } from './get/index.ts'
import { allVersions, KeyringRow, Names, rotateKeys, toRead, toWrite, unnameObject, type KeyedDeps } from './names/index.ts'
import { giveUpOld, Journals, put, type PutDeps } from './put/index.ts'
import { Epochs, RememberedEpoch, RowClients } from './rows/index.ts'
import { readOwnerLease, renewOwnerLease } from './lease/index.ts'
import { reading } from './reading.ts'
import { restore } from './restore/index.ts'
import { SlotDealer } from './slots/index.ts'
import { openShared, share } from './share/index.ts'
import { statOf, statsOf, versionOf } from './stat.ts'
import { tracedClient } from './traced-client.ts'
import { Trackers } from './trackers/index.ts'

export interface ClientConfig {
  readonly network: NetworkConfig
  /** 32 bytes: all that the owner has follows from it. */
  readonly ownerSecret: Uint8Array
  /** Plaintext of a segment at most, for clients with little memory: a put takes four times as much. Default: 32 MiB, less for wide codes. */
  readonly segmentBytes?: number | undefined
}

type Deps = PutDeps & GetDeps & KeyedDeps & { readonly dealer: SlotDealer }

/**
 * Asks nobody yet. `peers` stays the caller's to close.
 * @throws {LunarError} UNKNOWN_NETWORK: the credential of `peers` is of another network
 */
export async function openClient({ network, ownerSecret, segmentBytes }: ClientConfig, platform: Platform, peers: Peers): Promise<Client> {
  if (peers.credential.network !== network.network)
    throw new LunarError('UNKNOWN_NETWORK', 'the credential is of another network', {
      detail: { network: network.network, credential: peers.credential.network },
    })
  const { clock, random, crypto, erasure, log, disk } = platform
  const closing = new AbortController()
  const keys = ownerKeys(ownerSecret, crypto)
  const failures = new RecentFailures(clock)
  const trackers = new Trackers({ network, peers, clock, random, crypto, failures })
  const epochs = new Epochs({ network, peers, crypto, log, remembered: new RememberedEpoch({ disk, log }) })
  peers.directory?.meet(network.trackers)
  const rows = new RowClients({ epochs, peers, clock, random, crypto, log })
  const rowsOf = (author: Uint8Array) => rows.of(author)
  const keyring = new KeyringRow({ keys, rowsOf, clock, random, crypto })
  const names = new Names({ keys, keyring, rowsOf, clock, random, crypto, lifetime: closing.signal })
  const reports = new DamageReports({ trackers, log, lifetime: closing.signal })
  const reading: GetDeps = { network, peers, clock, random, crypto, erasure, log, keys, failures, trackers, pace: new Pace(), reports }
  const deps: Deps = {
    ...reading,
    network,
    keys,
    keyring,
    names,
    journals: new Journals({ disk, clock, random, crypto, journalKey: keys.journalKey }),
    segmentBytes,
    dealer: new SlotDealer({ network, peers, epochs, clock, crypto, log, lifetime: closing.signal }),
    lifetime: closing.signal,
    async *setsUnder(content, signal) {
      yield* setsUnder(content, await toRead(content, { ...reading, keyring }, signal), signal)
    },
  }
  const sweeping = giveUpOld(deps.journals, () => toWrite(deps, closing.signal), deps)
  const client = clientOver(deps, rows, closing, sweeping)
  return platform.tracer ? tracedClient(client, platform.tracer) : client
}

function clientOver(deps: Deps, rows: RowClients, closing: AbortController, sweeping: Promise<void>): Client {
  const { names } = deps
  const within = (signal: AbortSignal | undefined): AbortSignal => (signal ? AbortSignal.any([signal, closing.signal]) : closing.signal)
  return {
    async put(name, source, options = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, async () => {
        const writing = await toWrite(deps, signal)
        const { version, margin } = await put(name, source, { ...options, signal }, writing)
        if (version.content.kind === 'sets') deps.dealer.start(writing.keys, version.content.root.entries[0]?.id)
        return { ...statOf({ name, versions: [version], conflicting: [] }), margin }
      })
    },

    get(name, options = {}) {
      return reading(async function* (signal) {
        try {
          const version = versionOf(await names.find(name, signal), options.version)
          yield* get(version, { ...options, range: options.range ?? { offset: 0 }, signal }, await toRead(version.content, deps, signal))
        } catch (error) {
          throw abortedOr(error, signal)
        }
      }, within(options.signal))
    },

    async versions(name, options = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, async () => statsOf(await names.find(name, signal)))
    },

    async stat(name, options = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, async () => statOf(await names.find(name, signal)))
    },

    async delete(name, options = {}) {
      const signal = within(options.signal)
      await orAborted(signal, async () => unnameObject(name, await toWrite(deps, signal), { signal }))
    },

    async *list({ prefix = '', ...options } = {}) {
      const signal = within(options.signal)
      try {
        for await (const object of names.list(signal)) if (object.name.startsWith(prefix)) yield statOf(object)
      } catch (error) {
        throw abortedOr(error, signal)
      }
    },

    ...sharingOver(deps, within),

    async collectGarbage(options = {}) {
      const signal = within(options.signal)
      return await orAborted(
        signal,
        async () => await collectGarbage({ isFreed: options.free ?? false, signal }, await toWrite(deps, signal)),
      )
    },

    async restore(name, { dryRun: isDryRun = false, onProgress = () => undefined, ...options } = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, async () => {
        const versions = allVersions(await names.find(name, signal))
        return await restore(versions, { isDryRun, signal, onProgress }, await toWrite(deps, signal))
      })
    },

    async lease(options = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, async () => readOwnerLease(await toWrite(deps, signal), signal))
    },

    async renewLease(options = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, async () => renewOwnerLease(options.periodMs, await toWrite(deps, signal), signal))
    },

    async rotateKeys(options = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, () => rotateKeys({ ...options, signal }, deps))
    },

    async [Symbol.asyncDispose]() {
      await Promise.all([rows.settle(), sweeping, deps.dealer.settle()])
      closing.abort()
    },
  }
}

/** What of a client is about other owners. */
function sharingOver(
  deps: Deps,
  within: (signal: AbortSignal | undefined) => AbortSignal,
): Pick<Client, 'address' | 'share' | 'statShared' | 'getShared'> {
  return {
    async address(options = {}) {
      const signal = within(options.signal)
      const { identity, granteeKey, generation } = await orAborted(signal, () => deps.keyring.keys(signal))
      return { owner: hexOf(identity.publicKey), address: granteeText(granteeKey.publicKey, deps.crypto), generation }
    },

    async share(name, grantee, options = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, async () => await share(name, grantee, await toWrite(deps, signal), signal))
    },

    async statShared(grant, options = {}) {
      const signal = within(options.signal)
      return await orAborted(signal, async () => (await openShared(grant, await toWrite(deps, signal))).stat)
    },

    getShared(grant, options = {}) {
      return reading(async function* (signal) {
        try {
          const { version, wrappingKey } = await openShared(grant, await toWrite(deps, signal))
          yield* get(version, { ...options, range: options.range ?? { offset: 0 }, signal }, { ...deps, keys: { wrappingKey } })
        } catch (error) {
          throw abortedOr(error, signal)
        }
      }, within(options.signal))
    },
  }
}

async function orAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    signal.throwIfAborted()
    return await work()
  } catch (error) {
    throw abortedOr(error, signal)
  }
}

/** One code for what the caller asked for; a LunarError that the signal carries (a time limit) says more and stays. */
function abortedOr(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted || (error instanceof LunarError && error.code !== 'ABORTED')) return error
  return signal.reason instanceof LunarError
    ? signal.reason
    : new LunarError('ABORTED', 'the operation was aborted', { cause: signal.reason })
}
