/**
 * Which draws are due: at exponential times, from the beacon's value of the hour.
 *
 * While there is none (a young network, a majority of trackers away) every tracker draws by itself from a secret of its own, as much more
 * rarely as there are trackers: nobody can foresee these draws either, but nobody can compute them afterwards. Their round is 0.
 *
 * @module
 */
import { BEACON_ROUND_MS, beaconRoundAt, drawsOfRound, PRIVATE_ROUND, type Draw } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { utf8 } from '@lunarx/core/model'
import { TRACKER_LIMITS } from '../limits.ts'

export interface DueDraw extends Draw {
  readonly provider: PeerId
  /** Of the beacon, or {@link PRIVATE_ROUND}: then this tracker asks. */
  readonly round: number
}

export interface DueDrawsDeps {
  readonly crypto: CryptoEngine
  /** Of this process, 32 bytes. */
  readonly secret: Uint8Array
  /** Mean time between draws of one provider, all trackers together. */
  readonly meanMs: number
  readonly beaconValue: (round: number) => Uint8Array | undefined
}

interface Plan {
  readonly round: number
  readonly isPrivate: boolean
  readonly trackers: number
  readonly draws: readonly Draw[]
}

export class DueDraws {
  readonly #deps: DueDrawsDeps
  readonly #plans = new Map<PeerId, Plan>()
  #untilMs: number | undefined

  constructor(deps: DueDrawsDeps) {
    this.#deps = deps
  }

  /**
   * Those that have come due since the last call, each once: of the round before too, where that ended meanwhile. While a clock that was
   * set back is not yet where it was, none; one that was set back further than draws are made up for begins anew.
   * @param trackers that share the work while there is no beacon
   */
  take(providers: readonly PeerId[], nowMs: number, trackers: number): DueDraw[] {
    const { missedMs } = TRACKER_LIMITS.audit
    const untilMs = this.#untilMs ?? nowMs
    if (nowMs < untilMs && untilMs - nowMs < missedMs) return []
    this.#untilMs = nowMs
    const fromMs = Math.max(untilMs, nowMs - missedMs)
    const rounds = new Set([beaconRoundAt(Math.min(fromMs, nowMs)), beaconRoundAt(nowMs)])
    const present = new Set(providers)
    for (const provider of this.#plans.keys()) if (!present.has(provider)) this.#plans.delete(provider)
    return providers.flatMap((provider) =>
      [...rounds].flatMap((round) => {
        const { draws, isPrivate } = this.#planOf(provider, round, trackers)
        return draws
          .filter(({ dueMs }) => dueMs > fromMs && dueMs <= nowMs)
          .map((draw) => ({ ...draw, provider, round: isPrivate ? PRIVATE_ROUND : round }))
      }),
    )
  }

  /** Computed once an hour, and again when the beacon's value has come. */
  #planOf(provider: PeerId, round: number, trackers: number): Plan {
    const { crypto, secret, meanMs, beaconValue } = this.#deps
    const value = beaconValue(round)
    const isPrivate = value === undefined
    const known = this.#plans.get(provider)
    if (known?.round === round && known.isPrivate === isPrivate && (!isPrivate || known.trackers === trackers)) return known
    const startMs = round * BEACON_ROUND_MS
    const source = {
      value: value ?? crypto.hmacSha256(secret, utf8(String(round))),
      provider,
      startMs,
      untilMs: startMs + BEACON_ROUND_MS,
      meanMs: isPrivate ? meanMs * trackers : meanMs,
    }
    const plan = { round, isPrivate, trackers, draws: [...drawsOfRound(source, crypto)] }
    this.#plans.set(provider, plan)
    return plan
  }
}
