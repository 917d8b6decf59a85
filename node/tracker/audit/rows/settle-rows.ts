/**
 * settle: what a transcript of a row proves becomes what the provider's standing says, whoever brought it. Judged again here, from the
 * documents: no tracker is believed.
 *
 * To a provider's harm are a signed wrong answer, and "I have not got it" under its own root. Each row counts once, and within the allowance
 * of what disks lose costs nothing.
 *
 * @module
 */
import { verifyRowTranscript, type RowTranscript, type ValidRow } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { Counter } from '@lunarx/runtime/metrics'
import { recheckRow, tellRow } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { TrackerRing } from '../../ring/index.ts'
import type { Standings } from '../standings.ts'
import type { Transcripts } from '../transcripts.ts'
import type { Verifiers } from '../verifiers.ts'
import { signRowVerdict, unlessRefused, type AskRowsDeps } from './ask-rows.ts'
import type { RowLosses } from './row-losses.ts'

export interface SettleRowsDeps extends AskRowsDeps {
  readonly crypto: CryptoEngine
  readonly log: Log
  readonly ring: TrackerRing
  readonly verifiers: Verifiers
  readonly standings: Standings
  readonly transcripts: Transcripts
  readonly losses: RowLosses
  readonly beaconValue: (round: number) => Uint8Array | undefined
  /** Rows that providers were found to have lost, by verdict. */
  readonly settled: Counter
}

export class RowSettler {
  readonly #deps: SettleRowsDeps

  constructor(deps: SettleRowsDeps) {
    this.#deps = deps
  }

  /** @returns true if something followed from it here */
  async settle(transcript: RowTranscript): Promise<boolean> {
    const { verifiers, clock, standings, losses, log, settled } = this.#deps
    const finding = this.#judge(transcript, verifiers.quorum)
    if (!finding || !isHarmful(finding) || !finding.commit) return false
    const { provider, askedMs } = finding.challenge
    const isFresh = Math.abs(clock.now() - askedMs) <= TRACKER_LIMITS.audit.rowSettleMs
    if (!isFresh || standings.isInMaintenance(provider) || !(await losses.note(provider, finding.commit))) return false
    const { verdict, commit, id } = finding
    log.warn('a provider has lost a row that it held', { peer: provider, commit: hexOf(commit), verdict, transcript: hexOf(id) })
    settled.add(1, { verdict })
    await this.#deps.transcripts.keepRow(transcript, verdict, provider)
    await standings.lost(provider, id, this.#deps.fleet.lastBeat(provider)?.shards ?? 0)
    return true
  }

  /** Has others sign what they find, settles it here, and tells all. */
  async settleTogether(transcript: RowTranscript, seed: Uint8Array, signal: AbortSignal): Promise<void> {
    const { ring, ask } = this.#deps
    const signed = await this.#recheck(transcript, seed, signal)
    await this.settle(signed)
    await Promise.all(ring.reachable.map(({ address }) => unlessRefused(ask(address, tellRow, { transcript: signed }, { signal }), signal)))
  }

  /** For another tracker: its own word on what it was shown. @throws {LunarError} BAD_MESSAGE: it proves nothing */
  recheckForOther(transcript: RowTranscript): SignedDocument {
    const finding = this.#judge(transcript, 1)
    if (!finding || finding.verdict === 'silent') throw new LunarError('BAD_MESSAGE', 'a transcript of a row proves nothing')
    return signRowVerdict(transcript, finding.verdict, this.#deps)
  }

  #judge(transcript: RowTranscript, quorum: number): ValidRow | undefined {
    const { network, crypto, verifiers, beaconValue } = this.#deps
    const isVerifier = (peer: string): boolean => verifiers.domainOf(peer) !== undefined
    const finding = verifyRowTranscript(transcript, { network, quorum, beaconValue, isVerifier }, crypto)
    return finding.kind === 'valid' ? finding : undefined
  }

  async #recheck(transcript: RowTranscript, seed: Uint8Array, signal: AbortSignal): Promise<RowTranscript> {
    const { verifiers, self, ask, log } = this.#deps
    let signed = transcript
    for (const { peer } of verifiers.inOrder(seed, new Set())) {
      if (signed.verdicts.length >= verifiers.quorum) break
      const address = verifiers.addressOf(peer)
      if (peer === self || !address) continue
      const answered = await unlessRefused(ask(address, recheckRow, { transcript }, { signal }), signal)
      if (!answered) continue
      const next = { ...signed, verdicts: [...signed.verdicts, answered.verdict] }
      // another word than the documents bear out, or one that is there already, would make the transcript worth nothing
      if ((this.#judge(next, 1)?.verifiers.length ?? 0) > signed.verdicts.length) signed = next
      else log.warn('a verifier signed another verdict than the documents show', { verifier: peer })
    }
    return signed
  }
}

const isHarmful = ({ verdict, isOwnRoot }: ValidRow): boolean => verdict === 'disproved' || (verdict === 'lost' && isOwnRoot)
