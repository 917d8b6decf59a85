/**
 * The standing of every provider, durable in a store of its own: what it has proved and failed, how many shards it lost lately, and
 * until when the operator declared maintenance.
 *
 * p ‖ provider → what is remembered of it. Proofs are written now and then, failures before anything follows from them.
 *
 * @module
 */
import { afterOutcome, BIT_ROT, isBeyondAllowance, isPlaceable, newcomer, scoreOf, type Standing } from '@lunarx/core/audit'
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { peerIdOf, publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { concatBytes, count, hash, timeMs, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { MAX_MAINTENANCE_MS } from '@lunarx/wire'
import { z } from 'zod'

const PROVIDER = utf8('p')
const AFTER_PROVIDERS = utf8('q')
/** Losses that are remembered of one provider: more are beyond any allowance. */
const MAX_LOSSES = 1_000

const rememberedSchema = z.object({
  state: z.enum(['vetting', 'trusted', 'suspended', 'expelled']),
  reason: z.string().max(200),
  transcript: hash.nullable(),
  sinceMs: timeMs,
  joinedMs: timeMs,
  proofs: z.number().nonnegative(),
  failures: z.number().nonnegative(),
  provedEver: count,
  lossesMs: z.array(timeMs).max(MAX_LOSSES),
  /** Of trackers that knew no end of a maintenance. Kept for those that read it still; says nothing. */
  maintenance: z.literal(false).catch(false),
  /** Unset: nobody ever declared one. */
  maintenanceUntilMs: timeMs.optional(),
})
type Remembered = z.infer<typeof rememberedSchema>

export interface StandingsDeps {
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly log: Log
  readonly maxProviders: number
}

export class Standings {
  readonly #deps: StandingsDeps
  readonly #known = new Map<PeerId, Remembered>()
  readonly #unwritten = new Set<PeerId>()

  private constructor(deps: StandingsDeps) {
    this.#deps = deps
  }

  static async open(deps: StandingsDeps): Promise<Standings> {
    const standings = new Standings(deps)
    const entries = await deps.store.scan({ from: PROVIDER, until: AFTER_PROVIDERS, limit: deps.maxProviders })
    for (const { key, value } of entries) standings.#known.set(peerIdOf(key.slice(1)), parseBytes(rememberedSchema, value))
    return standings
  }

  of(provider: PeerId): Standing {
    return this.#known.get(provider) ?? newcomer(this.#nowMs)
  }

  /** 0..1: what its next answer is expected to be. */
  scoreOf(provider: PeerId): number {
    return scoreOf(this.of(provider))
  }

  /** It may be given new shards. */
  isPlaceable(provider: PeerId): boolean {
    return isPlaceable(this.of(provider))
  }

  isInMaintenance(provider: PeerId): boolean {
    return this.maintenanceLeftMs(provider) > 0
  }

  /** 0: it is in none. Whatever the clock does meanwhile, never more than can be declared. */
  maintenanceLeftMs(provider: PeerId): number {
    const leftMs = (this.#known.get(provider)?.maintenanceUntilMs ?? 0) - this.#nowMs
    return leftMs > 0 && leftMs <= MAX_MAINTENANCE_MS ? leftMs : 0
  }

  /**
   * From now on; what was declared before is forgotten. Durable when it resolves.
   * @param forMs 0: it is over
   */
  async setMaintenance(provider: PeerId, forMs: number): Promise<void> {
    this.#known.set(provider, { ...this.#remembered(provider), maintenanceUntilMs: this.#nowMs + forMs })
    await this.#write([provider])
  }

  /** Leaves were proved; written with the next {@link flush}. */
  proved(provider: PeerId, proofs: number): void {
    let remembered = this.#remembered(provider)
    for (let i = 0; i < proofs; i++) remembered = this.#after(provider, remembered, { kind: 'proof' })
    this.#known.set(provider, remembered)
    this.#unwritten.add(provider)
  }

  /**
   * A shard is lost, as this transcript shows. It costs standing where it is more than disks lose. Durable when it resolves.
   * @param shards that the provider holds
   */
  async lost(provider: PeerId, transcript: Uint8Array, shards: number): Promise<void> {
    const before = this.#remembered(provider)
    const isFailure = isBeyondAllowance(before.lossesMs, this.#nowMs, shards)
    const after = isFailure ? this.#after(provider, before, { kind: 'failure', transcript }) : before
    const recent = before.lossesMs.filter((atMs) => atMs > this.#nowMs - BIT_ROT.windowMs)
    this.#known.set(provider, { ...after, lossesMs: [...recent, this.#nowMs].slice(-MAX_LOSSES) })
    await this.#write([provider])
  }

  /** Writes what has changed since the last time. */
  async flush(): Promise<void> {
    await this.#write([...this.#unwritten])
  }

  get #nowMs(): number {
    return Math.max(0, Math.floor(this.#deps.clock.now()))
  }

  #remembered(provider: PeerId): Remembered {
    return this.#known.get(provider) ?? { ...newcomer(this.#nowMs), lossesMs: [], maintenance: false }
  }

  #after(provider: PeerId, before: Remembered, outcome: Parameters<typeof afterOutcome>[1]): Remembered {
    const after = { ...before, ...afterOutcome(before, outcome, this.#nowMs) }
    if (after.state !== before.state)
      this.#deps.log.warn('the standing of a provider changed', { peer: provider, state: after.state, reason: after.reason })
    return after
  }

  async #write(providers: readonly PeerId[]): Promise<void> {
    const changes = providers.flatMap((provider) => {
      const remembered = this.#known.get(provider)
      return remembered ? [{ put: concatBytes(PROVIDER, publicKeyOf(provider)), value: encodeBytes(remembered) }] : []
    })
    if (changes.length === 0) return
    for (const provider of providers) this.#unwritten.delete(provider)
    await this.#deps.store.write(changes)
  }
}
