/**
 * What audits of this tracker have found of single shards, where that is not plainly that they are there: silence that is being looked
 * into, losses. In memory: what followed from it is in the map and in the standings; a silence is met again.
 *
 * @module
 */
import {
  CLEAR,
  judge,
  SILENCE,
  type Evidence,
  type Judgement,
  type ProviderNow,
  type ShardState,
  type Transcript,
} from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import { TRANSCRIPTS_TOLD } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'
import type { AuditedShard } from './draw.ts'
import type { Occasion } from './prove.ts'

export interface Case {
  readonly shard: AuditedShard
  readonly state: ShardState
  /** What led to it. */
  readonly occasion: Occasion
  /** Of silence, by the verifier that met it. */
  readonly silences: ReadonlyMap<PeerId, Silences>
}

/** What one verifier signed. */
interface Silences {
  readonly first: Transcript
  readonly firstMs: number
  readonly newest: Transcript
  readonly newestMs: number
}

/** What was found, by whom. */
export interface Found {
  readonly evidence: Evidence
  readonly transcript: Transcript
  /** That asked. */
  readonly verifier: PeerId
  readonly occasion: Occasion
}

/**
 * What shows a silence, no more than one message takes: what verifiers of as many domains as there is room for met with last, and what those
 * met with first that met with it the longest, which is enough to see that it lasted.
 * @param domainOf undefined: of a verifier that is no longer there, which proves nothing
 */
export function transcriptsOfSilence(
  { silences }: Pick<Case, 'silences'>,
  domainOf: (verifier: PeerId) => string | undefined,
): Transcript[] {
  const longest = [...silences].sort(([, a], [, b]) => b.newestMs - b.firstMs - (a.newestMs - a.firstMs))
  const ofDomains = new Map<string, Silences>()
  for (const [verifier, one] of longest) {
    const domain = domainOf(verifier)
    if (domain !== undefined && !ofDomains.has(domain)) ofDomains.set(domain, one)
  }
  const firsts = [...ofDomains.values()].slice(0, SILENCE.domains).map(({ first }) => first)
  const newest = [...ofDomains.values()].slice(0, TRANSCRIPTS_TOLD - firsts.length).map((one) => one.newest)
  return [...new Set([...newest, ...firsts])]
}

/** Names a shard at a provider. */
export const keyOf = ({ hex, index, provider }: AuditedShard): string => `${hex} ${index} ${provider}`

export class Cases {
  readonly #open = new Map<string, Case>()

  get all(): Case[] {
    return [...this.#open.values()]
  }

  of(shard: AuditedShard): Case | undefined {
    return this.#open.get(keyOf(shard))
  }

  count(kind: ShardState['kind']): number {
    return this.all.filter(({ state }) => state.kind === kind).length
  }

  /** Shards of a provider. */
  countOf(provider: PeerId): number {
    return this.all.filter(({ shard }) => shard.provider === provider).length
  }

  /** One step of judging. */
  take(shard: AuditedShard, { evidence, transcript, verifier, occasion }: Found, now: ProviderNow): Judgement {
    const before = this.of(shard)
    const judgement = judge(before?.state ?? CLEAR, evidence, now)
    const silences = new Map(before?.silences)
    if (evidence.kind === 'silent') {
      const { first = transcript, firstMs = now.nowMs } = silences.get(verifier) ?? {}
      silences.set(verifier, { first, firstMs, newest: transcript, newestMs: now.nowMs })
    }
    this.#put({ shard, state: judgement.state, occasion: before?.occasion ?? occasion, silences })
    return judgement
  }

  /** Time has passed. */
  look(open: Case, now: ProviderNow): Judgement {
    const judgement = judge(open.state, { kind: 'time' }, now)
    this.#put({ ...open, state: judgement.state })
    return judgement
  }

  /** The shard is not relied on any more, whatever it was: nothing is to be found out. */
  drop(shard: AuditedShard): void {
    this.#open.delete(keyOf(shard))
  }

  #put(next: Case): void {
    const key = keyOf(next.shard)
    if (next.state.kind === 'clear') this.#open.delete(key)
    else if (this.#open.has(key) || this.#open.size < TRACKER_LIMITS.audit.cases) this.#open.set(key, next)
  }
}
