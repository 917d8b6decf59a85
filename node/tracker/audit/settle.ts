/**
 * settle: what a transcript proves of a shard becomes what this tracker's map and the provider's standing say, whoever brought it.
 *
 * Judged again here, from the documents: no tracker is believed. Trackers alone decide: who asked does not matter, for an answer is the
 * provider's own word and silence that of the trackers that sign it, and what outside verifiers signed beside counts for nothing here. So
 * all trackers come to the same end, whichever verifiers each of them knows. A shard that was disproved or lost counts as missing and is rebuilt
 * (`repair`); one that is silent only when verifiers of two domains met with it, while its provider's heartbeats come here without a
 * gap, or early and late in a day, whatever comes here. Losses that the provider's own inventory reports cost no standing. The brake holds
 * back what one event should not be able to do.
 *
 * @module
 */
import {
  isBraked,
  isSilentThroughout,
  SILENCE,
  verifyTranscript,
  type LeafChallenge,
  type MetSilence,
  type Transcript,
  type TranscriptFinding,
  type VerdictWord,
  type WrittenOff,
} from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Counter } from '@lunarx/runtime/metrics'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { KnownSet, TrackerMap } from '../map/index.ts'
import type { Standings } from './standings.ts'
import type { Transcripts } from './transcripts.ts'
import type { Verifiers } from './verifiers.ts'

export interface SettleDeps {
  readonly network: string
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly log: Log
  readonly map: TrackerMap
  readonly fleet: Fleet
  readonly verifiers: Verifiers
  readonly standings: Standings
  readonly transcripts: Transcripts
  readonly heartbeatMs: number
  readonly beaconValue: (round: number) => Uint8Array | undefined
  readonly run: (name: string, work: (signal: AbortSignal) => Promise<void>) => void
  /** Shards that were written off, by verdict; held: by the brake. */
  readonly settled: Counter
}

type Valid = Extract<TranscriptFinding, { readonly kind: 'valid' }>

interface Settlement {
  readonly verdict: VerdictWord
  readonly about: Pick<LeafChallenge, 'provider' | 'segment' | 'index'>
  /** Trackers that signed the verdict. */
  readonly verifiers: readonly PeerId[]
  readonly findings: readonly Valid[]
  readonly transcripts: readonly Transcript[]
  /** Of the first transcript. */
  readonly id: Uint8Array
}

export class Settler {
  readonly #deps: SettleDeps
  /** By segment as hex. */
  readonly #writtenOff = new Map<string, WrittenOff[]>()
  /** Shards that were written off for silence alone, and come back with any right leaf. Lost with the process: repair reads them then. */
  readonly #silent = new Set<string>()

  constructor(deps: SettleDeps) {
    this.#deps = deps
  }

  /** @returns true if something followed from it here */
  async settle(transcripts: readonly Transcript[]): Promise<boolean> {
    const settlement = this.#judge(transcripts)
    if (!settlement) return false
    const { about, verdict } = settlement
    const { map } = this.#deps
    const set = map.records.get(hexOf(about.segment))
    const held = map.statements.holders(hexOf(about.segment)).find(({ index, peer }) => index === about.index && peer === about.provider)
    if (!set || !held) return false
    if (verdict === 'proved') {
      const wasSilent = this.#silent.delete(`${set.hex} ${about.index} ${about.provider}`)
      return held.isCondemned && wasSilent && (await this.#absolve(settlement, set))
    }
    return !held.isCondemned && (await this.#writeOff(settlement, set))
  }

  /** Undefined: they prove nothing, or not the same. One that proves nothing here, as of a tracker that has gone since, is left out. */
  #judge(transcripts: readonly Transcript[]): Settlement | undefined {
    const { network, crypto, verifiers, beaconValue } = this.#deps
    const isVerifier = (peer: PeerId): boolean => verifiers.domainOf(peer) !== undefined
    const judge = { network, quorum: 1, beaconValue, isVerifier, mayAsk: () => true }
    const proving = transcripts.flatMap((transcript) => {
      const finding = verifyTranscript(transcript, judge, crypto)
      return finding.kind === 'valid' ? [{ transcript, finding }] : []
    })
    const findings = proving.map(({ finding }) => finding)
    const [first, ...others] = findings
    if (!first || !others.every((other) => isAlike(first, other))) return undefined
    const { verdict, challenge, id } = first
    const signers = [...new Set(findings.flatMap((one) => one.verifiers))]
    const used = proving.map(({ transcript }) => transcript)
    const settlement = { verdict, about: challenge, verifiers: signers, findings, transcripts: used, id }
    return this.#isEnough(settlement) ? settlement : undefined
  }

  #isEnough({ verdict, verifiers: signers, findings, about }: Settlement): boolean {
    const { verifiers, fleet, standings, clock } = this.#deps
    if (verdict !== 'silent') return signers.length >= verifiers.quorum
    const since = fleet.steadySince(about.provider)
    const isThere = since !== null && clock.elapsed() - since >= SILENCE.missingAfterMs
    if (standings.isInMaintenance(about.provider)) return false
    return (isThere && this.#domainsOf(signers).length >= SILENCE.domains) || isSilentThroughout(this.#metBy(findings))
  }

  /** Of those alone that asked themselves: nobody signs a time of his own for the question of another. */
  #metBy(findings: readonly Valid[]): MetSilence[] {
    return findings.flatMap(({ challenge: { verifier, askedMs }, verifiers: signers }) => {
      const domain = this.#deps.verifiers.domainOf(verifier)
      return domain === undefined || !signers.includes(verifier) ? [] : [{ domain, askedMs }]
    })
  }

  #domainsOf(signers: readonly PeerId[]): string[] {
    return [...new Set(signers.flatMap((peer) => this.#deps.verifiers.domainOf(peer) ?? []))]
  }

  async #writeOff(settlement: Settlement, set: KnownSet): Promise<boolean> {
    const { verdict, about, verifiers: signers, transcripts, id } = settlement
    const { map, clock, log, settled, verifiers } = this.#deps
    const { provider, index } = about
    const next: WrittenOff = { index, atMs: clock.elapsed(), domains: this.#domainsOf(signers) }
    const before = this.#writtenOff.get(set.hex) ?? []
    if (isBraked(set, before, next, verifiers.domains.size)) {
      settled.add(1, { verdict: 'held' })
      log.warn('a verdict is held back: too many shards of a set at once', { peer: provider, segment: set.hex, index, verdict })
      return false
    }
    this.#writtenOff.set(set.hex, [...before, next].slice(-(set.required + set.parity)))
    for (const transcript of transcripts) await this.#deps.transcripts.keep(transcript, verdict, provider)
    log.warn('a shard was not proved: it counts as missing', { peer: provider, segment: set.hex, index, verdict, transcript: hexOf(id) })
    settled.add(1, { verdict })
    await map.statements.condemn(provider, { segment: set.id, index })
    if (verdict === 'silent' && this.#silent.size < TRACKER_LIMITS.audit.cases) this.#silent.add(`${set.hex} ${index} ${provider}`)
    if (verdict === 'disproved') await this.#lose(settlement)
    if (verdict === 'lost') this.#loseUnlessReported(settlement, set)
    return true
  }

  async #lose({ about: { provider }, id }: Settlement): Promise<void> {
    await this.#deps.standings.lost(provider, id, this.#deps.fleet.lastBeat(provider)?.shards ?? 0)
  }

  /** Once it has had time to say so by itself: then its scrub has found it, or it was told to remove it. */
  #loseUnlessReported(settlement: Settlement, set: KnownSet): void {
    const { run, clock, map, heartbeatMs } = this.#deps
    const { provider, index } = settlement.about
    run('wait for a report of a loss', async (signal) => {
      await clock.sleep(TRACKER_LIMITS.audit.reportHeartbeats * heartbeatMs, signal)
      if (map.records.has(set.id) && map.statements.holders(set.hex).some((one) => one.index === index && one.peer === provider))
        await this.#lose(settlement)
    })
  }

  async #absolve({ about: { provider, index }, transcripts }: Settlement, set: KnownSet): Promise<boolean> {
    const { map, log } = this.#deps
    for (const transcript of transcripts) await this.#deps.transcripts.keep(transcript, 'proved', provider)
    log.info('a shard that was silent was proved after all', { peer: provider, segment: set.hex, index })
    await map.statements.absolve(provider, { segment: set.id, index })
    return true
  }
}

const isAlike = (first: Valid, other: Valid): boolean =>
  other.verdict === first.verdict &&
  other.challenge.provider === first.challenge.provider &&
  other.challenge.index === first.challenge.index &&
  hexOf(other.challenge.segment) === hexOf(first.challenge.segment)
