/**
 * The owner's lease: read → one word more for every generation of its keys → with the trackers, until enough have it.
 *
 * Off until it is set. Trackers count the time by their own running; what is told here is the shortest that any of them says.
 *
 * @module
 */
import { LISTING, OWNER_LEASE, OWNER_LEASE_PERIOD, openDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { OwnerKeys } from '@lunarx/core/keys'
import type { NetworkConfig } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { pauseMs } from '@lunarx/runtime/tasks'
import { LEASES_ASKED, readLease, renewLease } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import type { Trackers } from '../trackers/index.ts'

const LISTING_MS = 60_000
const ROUNDS = 6
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 4_000

export interface OwnerLeaseState {
  /** How long everything stays without a renewal; null: for good, no lease is set. */
  readonly periodMs: number | null
  /** Until the first tracker calls it over, if all run on; 0: one does; null: it has no end. */
  readonly remainingMs: number | null
}

export interface OwnerLeaseRenewal extends OwnerLeaseState {
  /** The lease was over, and objects may be gone: `restore` with `dryRun` says which. */
  readonly wasOver: boolean
}

export interface OwnerLeaseDeps {
  readonly network: NetworkConfig
  /** Of the present generation. */
  readonly keys: OwnerKeys
  readonly crypto: CryptoEngine
  readonly peers: Peers
  readonly clock: Clock
  readonly random: Random
  readonly trackers: Trackers
  readonly log: Log
}

/** The newest word of one generation that any tracker knows. */
interface Known {
  readonly keys: OwnerKeys
  sequence: number
  periodMs: number | null
  remainingMs: number | null
}

/** @throws {LunarError} PEER_UNREACHABLE: too few trackers answer to know the newest word */
export async function readOwnerLease(deps: OwnerLeaseDeps, signal: AbortSignal): Promise<OwnerLeaseState> {
  return stateOf(await readAll(deps, signal))
}

/**
 * @param periodMs null: everything stays for good from now on; undefined: as it is
 * @throws {LunarError} BAD_RANGE; PEER_UNREACHABLE, NOT_ENOUGH_HOLDERS: too few trackers or providers have it, the lease before may stand
 */
export async function renewOwnerLease(
  periodMs: number | null | undefined,
  deps: OwnerLeaseDeps,
  signal: AbortSignal,
): Promise<OwnerLeaseRenewal> {
  if (periodMs !== null && periodMs !== undefined) checkPeriod(periodMs)
  const { clock, random, log } = deps
  let wasOver = false
  for (let round = 1; ; round++) {
    const known = await readAll(deps, signal)
    const wanted = periodMs === undefined ? stateOf(known).periodMs : periodMs
    if (wanted === null && known.every((one) => one.periodMs === null)) return { periodMs: null, remainingMs: null, wasOver }
    const outcomes = await renewAll(known, wanted, deps, signal)
    wasOver ||= outcomes.some((one) => one.wasOver)
    if (outcomes.every(({ outcome }) => outcome === 'renewed')) return { periodMs: wanted, remainingMs: wanted, wasOver }
    if (round === ROUNDS) throw new LunarError('NOT_ENOUGH_HOLDERS', 'too few trackers and providers have taken the owner’s lease')
    log.info('the owner’s lease is not renewed yet', { round })
    await clock.sleep(pauseMs(round, { firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, random }), signal)
  }
}

/** @throws {LunarError} BAD_RANGE */
function checkPeriod(periodMs: number): void {
  const { leastMs, mostMs } = OWNER_LEASE_PERIOD
  if (!Number.isInteger(periodMs) || periodMs < leastMs || periodMs > mostMs)
    throw new LunarError('BAD_RANGE', 'the period of an owner’s lease is out of its limits', { detail: { periodMs, leastMs, mostMs } })
}

/** What generations have in common: the longest period, and the shortest time. */
function stateOf(known: readonly Known[]): OwnerLeaseState {
  const periods = known.flatMap(({ periodMs }) => periodMs ?? [])
  const left = known.flatMap(({ remainingMs }) => remainingMs ?? [])
  return { periodMs: periods.length > 0 ? Math.max(...periods) : null, remainingMs: left.length > 0 ? Math.min(...left) : null }
}

async function renewAll(known: readonly Known[], periodMs: number | null, deps: OwnerLeaseDeps, signal: AbortSignal) {
  const { network, clock, trackers } = deps
  const renewedMs = Math.max(0, Math.floor(clock.now()))
  const leases = known.map(({ keys: { identity }, sequence }): SignedDocument => {
    const lease = { network: network.network, owner: identity.publicKey, sequence: sequence + 1, periodMs, renewedMs }
    return signDocument(OWNER_LEASE, lease, identity)
  })
  const about = deps.keys.identity.publicKey
  const outcomes = []
  for (let at = 0; at < leases.length; at += LEASES_ASKED)
    outcomes.push(...(await trackers.ask(renewLease, { leases: leases.slice(at, at + LEASES_ASKED) }, { about, signal })).outcomes)
  return outcomes
}

/** Of all generations, of so many trackers that one has the newest word that was acknowledged. */
async function readAll(deps: OwnerLeaseDeps, signal: AbortSignal): Promise<Known[]> {
  const { trackers, keys, network, log } = deps
  const known = Array.from({ length: keys.generation + 1 }, (_, generation): Known => {
    return { keys: keys.at(generation), sequence: 0, periodMs: null, remainingMs: null }
  })
  const answered = await Promise.all(
    trackers.all.map(async (tracker) => {
      try {
        for (const one of known) await readOne(tracker, one, deps, signal)
        return true
      } catch (error) {
        signal.throwIfAborted()
        log.info('a tracker did not say how the lease is', { tracker: tracker.host, error })
        return false
      }
    }),
  )
  const copies = Math.min(trackers.all.length, 2 * network.survive + 1)
  const needed = Math.floor((copies - 1) / 2) + 1
  if (answered.filter(Boolean).length < needed)
    throw new LunarError('PEER_UNREACHABLE', 'too few trackers answer to know the owner’s lease', { detail: { needed } })
  return known
}

async function readOne(tracker: PeerAddress, known: Known, deps: OwnerLeaseDeps, signal: AbortSignal): Promise<void> {
  const { network, peers, clock, crypto } = deps
  const { identity } = known.keys
  const request = {
    network: network.network,
    owner: identity.publicKey,
    reader: peers.self,
    expiresMs: Math.floor(clock.now()) + LISTING_MS,
  }
  const question = { listing: signDocument(LISTING, request, identity) }
  const { lease: document, remainingMs } = await answerOf(peers, tracker, readLease, question, { signal })
  if (!document) return
  const { sequence, periodMs } = openDocument(OWNER_LEASE, document, () => identity.publicKey, crypto)
  if (sequence < known.sequence) return
  const isNewer = sequence > known.sequence
  known.sequence = sequence
  known.periodMs = periodMs
  if (isNewer) known.remainingMs = remainingMs
  else if (remainingMs !== null) known.remainingMs = Math.min(known.remainingMs ?? remainingMs, remainingMs)
}
