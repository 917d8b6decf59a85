/**
 * audit of rows: draw → root → challenge → prove → verify → judge, of the provider that is drawn and then of another replica.
 *
 * The drawn one signs a root before it knows what is asked, and loses standing if it has not got what it signed for. Another replica, drawn
 * too, is asked for the same commit: so that who leaves out of its roots what it has dropped is asked for it by what others hold. What stays
 * missing there, though enough others show it, is said of it until it proves it again (lackers.ts).
 *
 * @module
 */
import { ROW_COMMIT } from '@lunarx/core/row'
import { drawnReplica, PRIVATE_ROUND, type Excuse, type ProviderNow, type VerdictWord } from '@lunarx/core/audit'
import { documentId, type SignedDocument } from '@lunarx/core/document'
import { partitionMembers } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, itemAt } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { Counter } from '@lunarx/runtime/metrics'
import { Limit } from '@lunarx/runtime/tasks'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { TrackerRing } from '../../ring/index.ts'
import type { DueDraw, DueDraws } from '../due-draws.ts'
import type { Standings } from '../standings.ts'
import type { Transcripts } from '../transcripts.ts'
import type { Verifiers } from '../verifiers.ts'
import { askRoot, askRow, drawnAgain, type AskRowsDeps, type DrawnRow, type ProvenRow, type RowEpoch } from './ask-rows.ts'
import type { LackedRow, Lackers, LackingNow } from './lackers.ts'
import { RowCases, type RowCase } from './row-cases.ts'
import type { RowSettler } from './settle-rows.ts'
import { isVouched } from './vouch.ts'

export interface RowAuditorDeps extends AskRowsDeps {
  readonly dueDraws: DueDraws
  readonly ring: TrackerRing
  readonly verifiers: Verifiers
  readonly standings: Standings
  readonly transcripts: Transcripts
  readonly settler: RowSettler
  readonly lackers: Lackers
  readonly log: Log
  readonly run: (name: string, work: (signal: AbortSignal) => Promise<void>) => void
  /** Undefined: no epoch is known. */
  readonly rowEpoch: () => RowEpoch | undefined
  /** Rows asked, by who was asked (`holder`: under its own root; `replica`) and verdict. */
  readonly asked: Counter
}

/** Of one provider, since this process started; and what of it is open now. */
export interface RowCounts extends Readonly<Record<VerdictWord, number>> {
  readonly contained: number
  readonly missing: number
  /** Undefined: it does not lack rows. */
  readonly lacking: LackingNow | undefined
}

const NONE = { proved: 0, disproved: 0, lost: 0, silent: 0 }

export class RowAuditor {
  readonly #deps: RowAuditorDeps
  readonly #limit = new Limit({ concurrent: TRACKER_LIMITS.audit.drawsAtOnce, queued: 4 * TRACKER_LIMITS.audit.drawsAtOnce })
  readonly #cases = new RowCases()
  /** Cases that are being asked. */
  readonly #asking = new Set<string>()
  /** Providers of which others are being asked whether they have what it lacks. */
  readonly #vouching = new Set<PeerId>()
  readonly #counts = new Map<PeerId, Record<VerdictWord, number>>()

  constructor(deps: RowAuditorDeps) {
    this.#deps = deps
  }

  countsOf(provider: PeerId): RowCounts {
    const open = { contained: this.#cases.count('contained', provider), missing: this.#cases.count('missing', provider) }
    return { ...(this.#counts.get(provider) ?? NONE), ...open, lacking: this.#deps.lackers.of(provider) }
  }

  count(kind: 'contained' | 'missing'): number {
    return this.#cases.count(kind)
  }

  /** Starts the draws that have come due, and asks again for what is contained, and for what was lacking. */
  async beat(): Promise<void> {
    const { dueDraws, clock, ring, rowEpoch, lackers, fleet } = this.#deps
    const epoch = rowEpoch()
    if (!epoch) return
    await lackers.forget((peer) => fleet.standing(peer)?.isDeclaredLost === true)
    this.#cases.excuse((peer) => this.#excuseOf(peer))
    const hosts = epoch.members.map(({ peer }) => peer)
    for (const peer of this.#counts.keys()) if (!hosts.includes(peer)) this.#counts.delete(peer)
    const providers = hosts.filter((peer) => this.#isAsked(peer))
    for (const draw of dueDraws.take(providers, clock.now(), 1 + ring.reachable.length))
      if (this.#isMine(draw)) this.#start('draw a row', (signal) => this.#draw(draw, epoch, signal))
    for (const open of this.#cases.due((peer) => this.#nowOf(peer))) this.#askAgain(open, epoch)
    for (const { provider, row } of lackers.due((peer) => !this.#excuseOf(peer))) this.#askLacker(provider, row, epoch)
  }

  /** What it lacks counts for nothing now: it is away, worked on, or is to go anyhow. */
  #excuseOf(peer: PeerId): Excuse | undefined {
    const { fleet, standings } = this.#deps
    if (standings.isInMaintenance(peer) || fleet.isDraining(peer)) return 'ordered'
    return this.#isAsked(peer) ? undefined : 'away'
  }

  /** Silent providers are a matter of liveness; those in maintenance are left in peace. */
  #isAsked(peer: PeerId): boolean {
    const { fleet, standings } = this.#deps
    const standing = fleet.standing(peer)
    return standing?.state === 'alive' && !standing.isDeclaredLost && !standings.isInMaintenance(peer)
  }

  /** Without a beacon every tracker has draws of its own. */
  #isMine({ seed, provider, round }: DueDraw): boolean {
    const { verifiers, fleet, self } = this.#deps
    return round === PRIVATE_ROUND || verifiers.inOrder(seed, new Set([fleet.domainsOf(provider).domain]))[0]?.peer === self
  }

  #start(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    this.#deps.run(name, async (signal) => await this.#limit.run(() => work(signal), signal))
  }

  async #draw(draw: DueDraw, epoch: RowEpoch, signal: AbortSignal): Promise<void> {
    const drawn = await askRoot(draw, epoch, this.#deps, signal)
    if (drawn === 'nothing') return
    if (!drawn) return this.#count('holder', draw.provider, 'silent')
    const proven = await askRow(drawn, draw.provider, null, epoch, this.#deps, signal)
    this.#count('holder', draw.provider, proven.verdict)
    await this.#verified(proven, draw.seed, signal)
    const commit = proven.verdict === 'proved' ? proven.answer?.proof?.document : undefined
    if (commit) await this.#askReplica(drawn, draw, commit, epoch, signal)
  }

  /** The same of another member of the partition, that is there. */
  async #askReplica(drawn: DrawnRow, { provider, seed }: DueDraw, commit: SignedDocument, epoch: RowEpoch, signal: AbortSignal) {
    const { crypto } = this.#deps
    const members = partitionMembers(epoch, drawn.signed.partition, crypto).map(({ peer }) => peer)
    const others = members.filter((peer) => peer !== provider && this.#isAsked(peer))
    if (others.length === 0) return
    const replica = itemAt(others, drawnReplica(seed, others.length))
    await this.#askOther({ provider: replica, drawn, commit, hex: hexOf(documentId(ROW_COMMIT, commit, crypto)) }, epoch, seed, signal)
  }

  /** verify → judge of a replica. */
  async #askOther(about: Omit<RowCase, 'state'>, epoch: RowEpoch, seed: Uint8Array, signal: AbortSignal): Promise<void> {
    const { provider, drawn, commit, hex } = about
    const proven = await askRow(drawn, provider, commit, epoch, this.#deps, signal)
    const { verdict } = proven
    this.#count('replica', provider, verdict)
    if (verdict === 'disproved') {
      this.#cases.drop(about)
      return await this.#verified(proven, seed, signal)
    }
    const state = this.#cases.take(about, verdict, this.#nowOf(provider))
    if (state.kind !== 'missing') return
    this.#deps.log.warn('a replica does not show a row that others have', { peer: provider, commit: hex, verdict })
    await this.#deps.transcripts.keepRow(proven.transcript, verdict, provider)
    await this.#vouch(about, epoch, signal)
  }

  /** Nobody is believed alone, neither who lacks a row nor who has shown it: others are asked before anything follows. */
  async #vouch(about: Omit<RowCase, 'state'>, epoch: RowEpoch, signal: AbortSignal): Promise<void> {
    const { lackers } = this.#deps
    const { provider, drawn, commit } = about
    if (lackers.isPlain(provider) || this.#vouching.has(provider)) return
    this.#vouching.add(provider)
    try {
      if (!(await isVouched(about, epoch, (peer) => this.#isAsked(peer), this.#deps, signal))) return
      if (this.#excuseOf(provider) === 'ordered') return
      await lackers.found(provider, { draw: drawn.draw, root: drawn.root, leaf: drawn.leaf, commit })
    } finally {
      this.#vouching.delete(provider)
    }
  }

  /** Whether it has what it lacked: a member of the partition, or one that is left out of the epoch for it. */
  #askLacker(provider: PeerId, row: LackedRow, epoch: RowEpoch): void {
    const { crypto, lackers } = this.#deps
    this.#start('ask for a row that was lacking', async (signal) => {
      const drawn = drawnAgain(row, crypto)
      const isMember = epoch.members.some(({ peer }) => peer === provider)
      if (isMember && !partitionMembers(epoch, drawn.signed.partition, crypto).some(({ peer }) => peer === provider))
        return await lackers.drop(provider, row)
      const { verdict } = await askRow(drawn, provider, row.commit, epoch, this.#deps, signal)
      if (!this.#excuseOf(provider)) await lackers.heard(provider, row, verdict)
    })
  }

  /** What is to somebody's harm is judged by others too; of proofs some are kept. */
  async #verified({ verdict, transcript, provider }: ProvenRow, seed: Uint8Array, signal: AbortSignal): Promise<void> {
    const { settler, transcripts } = this.#deps
    const isSampled = (seed.at(-1) ?? 0) % TRACKER_LIMITS.audit.recheckOneIn === 0
    if (verdict === 'proved' && isSampled) await transcripts.keepRow(transcript, verdict, provider)
    if (verdict === 'disproved' || verdict === 'lost') await settler.settleTogether(transcript, seed, signal)
  }

  /** A row that is not placed with the provider any more is nothing to find out about. */
  #askAgain(open: RowCase, epoch: RowEpoch): void {
    const { crypto } = this.#deps
    const { provider, drawn, hex } = open
    const key = `${provider} ${hex}`
    if (this.#asking.has(key)) return
    if (!partitionMembers(epoch, drawn.signed.partition, crypto).some(({ peer }) => peer === provider)) return this.#cases.drop(open)
    this.#asking.add(key)
    this.#start('ask for a row again', async (signal) => {
      try {
        await this.#askOther(open, epoch, this.#deps.crypto.sha256(drawn.rootId), signal)
      } finally {
        this.#asking.delete(key)
      }
    })
  }

  #count(asked: 'holder' | 'replica', provider: PeerId, verdict: VerdictWord): void {
    const counts = this.#counts.get(provider) ?? { ...NONE }
    counts[verdict]++
    this.#counts.set(provider, counts)
    this.#deps.asked.add(1, { asked, verdict })
  }

  #nowOf(provider: PeerId): ProviderNow {
    const { clock, fleet, standings } = this.#deps
    return {
      nowMs: clock.elapsed(),
      heartbeatsSinceMs: fleet.steadySince(provider),
      isInMaintenance: standings.isInMaintenance(provider),
    }
  }
}
