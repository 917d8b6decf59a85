/**
 * A network in one process, under a simulated clock: hosts by name, messages that take time, get lost, and partitions.
 *
 * Implements the contract of node/net/peers: messages are encoded, bounded and checked as on the wire, credentials and roles are
 * enforced. Does not imitate TCP or TLS: only what a role can see of them.
 *
 * @module
 */
import type { SignedCredential } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Trace } from '@lunarx/runtime/log'
import type { Platform } from '@lunarx/runtime/platform'
import type { SeededRandom } from '@lunarx/runtime/random'
import type { TraceParent } from '@lunarx/runtime/tracing'
import type { Exchange } from '@lunarx/wire'
import { exchangeCounter } from '../answering/dispatch.ts'
import type { Identity } from '../identity/identity.ts'
import type { Answered, AskOptions } from '../peers/peers.ts'
import { Membership } from '../session/membership.ts'
import { Call } from './call.ts'
import { type Faults, NO_FAULTS } from './faults.ts'
import { type DirectoryMember, SimulatedDirectories } from './directory.ts'
import { Line } from './line.ts'
import { SimulatedPeers } from './peers.ts'

export interface SimulatedNetworkOptions {
  /** Of the world, not of one machine. */
  readonly clock: Clock
  readonly random: SeededRandom
  readonly network: string
  /** Ed25519 public key that signs credentials, lower-case hex. */
  readonly networkKey: string
  readonly trace?: Trace
  /** Told of errors in handlers that are not LunarErrors. Default: they are only in the trace. */
  readonly onDefect?: (where: string, error: unknown) => void
}

export interface Joining {
  /** Name that others reach it by: PeerAddress.host. */
  readonly host: string
  readonly identity: Identity
  /** The peer's own credential as of now. */
  readonly credential: () => SignedCredential
  /** Where others reach it, if it takes part in the directory. */
  readonly directory?: PeerAddress | undefined
}

/** Calls that one peer answers at a time; the next gets TOO_MANY_REQUESTS. */
const MAX_CALLS = 1024

interface Live {
  readonly line: Line
  readonly asker: SimulatedPeers
  answerer: SimulatedPeers | undefined
}

export class SimulatedNetwork {
  readonly #options: SimulatedNetworkOptions
  readonly #hosts = new Map<string, SimulatedPeers>()
  readonly #calls = new Set<Live>()
  readonly directories: SimulatedDirectories
  #groups: readonly ReadonlySet<string>[] = []
  readonly #cut = new Set<string>()
  readonly #spared = new Set<string>()
  faults: Faults = NO_FAULTS

  constructor(options: SimulatedNetworkOptions) {
    this.#options = options
    this.directories = new SimulatedDirectories({
      clock: options.clock,
      random: options.random.fork('directory'),
      isReachable: (from, to) => this.isReachable(from, to),
      delayMs: () => this.faults.delayMs,
    })
  }

  /** Puts a peer on the network, with its machine's own platform. A host has one peer at a time. */
  join(
    { host, identity, credential, directory }: Joining,
    { clock, crypto, log, metrics, tracer }: Pick<Platform, 'clock' | 'crypto' | 'log' | 'metrics' | 'tracer'>,
  ): SimulatedPeers {
    if (this.#hosts.has(host)) throw new Error(`${host} is on the network already`)
    const { network, networkKey } = this.#options
    const membership = new Membership({ identity, credential, network, networkKey }, clock, crypto)
    const count = exchangeCounter(metrics, 'answer')
    const peers = new SimulatedPeers(host, {
      membership,
      log,
      count,
      tracer,
      ask: (...call) => this.#ask(...call),
      leave: (left) => this.#leave(left),
    })
    if (directory) {
      const member: DirectoryMember = {
        address: { ...directory, peer: identity.peer },
        isClient: () => peers.credential.role === 'client',
        isAlive: () => this.#hosts.get(host) === peers,
        crypto,
      }
      peers.directory = this.directories.join(member)
    }
    this.#hosts.set(host, peers)
    return peers
  }

  /** The machine has lost its power: its calls break, and its code never hears of anything again. */
  crash(host: string): void {
    this.#hosts.get(host)?.kill()
  }

  /** Hosts of different groups do not reach each other; those of no group reach all. Replaces the partition before. */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#groups = groups.map((group) => new Set(group))
  }

  /** Nobody reaches this host, and it reaches nobody. */
  cut(host: string): void {
    this.#cut.add(host)
  }

  mend(host: string): void {
    this.#cut.delete(host)
  }

  /** Faults pass this host by: somebody who only looks. */
  spare(host: string): void {
    this.#spared.add(host)
  }

  /** Ends every partition, cut and fault. */
  heal(): void {
    this.#groups = []
    this.#cut.clear()
    this.faults = NO_FAULTS
  }

  isReachable(from: string, to: string): boolean {
    if (from === to || this.#spared.has(from) || this.#spared.has(to)) return true
    if (this.#cut.has(from) || this.#cut.has(to)) return false
    const [a, b] = [from, to].map((host) => this.#groups.findIndex((group) => group.has(host)))
    return a === b || a === -1 || b === -1
  }

  async #ask<Q, A>(
    asker: SimulatedPeers,
    to: PeerAddress,
    exchange: Exchange<Q, A>,
    question: Q,
    options: AskOptions,
    traceparent: TraceParent | undefined,
  ): Promise<Answered<A>> {
    const { clock, random } = this.#options
    const isQuiet = asker.host === to.host || this.#spared.has(asker.host)
    const isReachable = (): boolean => this.isReachable(asker.host, to.host)
    const line = new Line({ clock, random, faults: () => (isQuiet ? NO_FAULTS : this.faults), isReachable })
    const live: Live = { line, asker, answerer: undefined }
    this.#calls.add(live)
    const call = new Call(
      {
        clock,
        isReachable,
        find: (host) => this.#hosts.get(host),
        begin: (answerer) => this.#begin(live, answerer),
        end: () => this.#calls.delete(live),
        defect: (where, error) => this.#defect(to.host, where, error),
      },
      line,
      asker,
      to,
      exchange,
      options,
    )
    return this.#traced(asker.host, `${exchange.name} → ${to.host}`, call.ask(question, traceparent))
  }

  async #traced<T>(host: string, what: string, asked: Promise<T>): Promise<T> {
    try {
      const answered = await asked
      this.#options.trace?.add(host, `ask   ${what}: answered`)
      return answered
    } catch (error) {
      this.#options.trace?.add(host, `ask   ${what}: ${error instanceof LunarError ? error.code : String(error)}`)
      throw error
    }
  }

  #begin(live: Live, answerer: SimulatedPeers): void {
    let busy = 0
    for (const other of this.#calls) if (other.answerer === answerer) busy++
    if (busy >= MAX_CALLS)
      throw new LunarError('TOO_MANY_REQUESTS', 'the peer answers too many calls', { detail: { host: answerer.host, limit: MAX_CALLS } })
    live.answerer = answerer
  }

  #leave(left: SimulatedPeers): void {
    if (this.#hosts.get(left.host) === left) this.#hosts.delete(left.host)
    for (const { line, asker, answerer } of this.#calls)
      if (asker === left || answerer === left)
        line.break(new LunarError('INTERRUPTED', 'the peer left the network', { detail: { host: left.host } }))
  }

  #defect(host: string, where: string, error: unknown): void {
    this.#options.trace?.add(host, `DEFECT in ${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    this.#options.onDefect?.(where, error)
  }
}
