/**
 * audit: draw → challenge → prove → verify → judge → credit / contain / punish.
 *
 * Each arrow is a file beside: `due-draws` and `draw` say what is asked and when, `prove` asks, `recheck` has others judge it again,
 * `cases` judges (`@lunarx/core/audit`), `contain` asks again what was silent, `settle` is what follows for map and standing.
 *
 * @module
 */
import {
  PRIVATE_ROUND,
  transcriptId,
  type Evidence,
  type Judgement,
  type ProviderNow,
  type Transcript,
  type VerdictWord,
} from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import { leafCount } from '@lunarx/core/merkle'
import type { Log } from '@lunarx/runtime/log'
import type { Counter } from '@lunarx/runtime/metrics'
import { Limit } from '@lunarx/runtime/tasks'
import { LEAVES_AGAIN } from '@lunarx/wire'
import type { TrackerRing } from '../ring/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { keyOf, transcriptsOfSilence, type Case, type Cases, type Found } from './cases.ts'
import { askElsewhere, type AskedAgain, type ContainDeps } from './contain.ts'
import type { Coverage } from './coverage.ts'
import { drawLeaf, type AuditedShard, type DrawDeps, type Drawn } from './draw.ts'
import type { DueDraw, DueDraws } from './due-draws.ts'
import { freshLeaf } from './fresh-leaf.ts'
import { askOutsider, type AskOutsiderDeps, type Outsider } from './outside/index.ts'
import { prove, type Occasion, type Proven } from './prove.ts'
import { recheck, type RecheckDeps } from './recheck.ts'
import type { Settler } from './settle.ts'
import type { Standings } from './standings.ts'
import { tellProofsTo, tellVerdictTo } from './tell.ts'
import type { Transcripts } from './transcripts.ts'

export interface AuditorDeps extends DrawDeps, ContainDeps, RecheckDeps, AskOutsiderDeps {
  readonly ring: TrackerRing
  readonly dueDraws: DueDraws
  readonly cases: Cases
  readonly settler: Settler
  readonly standings: Standings
  readonly transcripts: Transcripts
  readonly coverage: Coverage
  readonly log: Log
  readonly run: (name: string, work: (signal: AbortSignal) => Promise<void>) => void
  readonly draws: Counter
}

export class Auditor {
  readonly #deps: AuditorDeps
  readonly #limit = new Limit({ concurrent: TRACKER_LIMITS.audit.drawsAtOnce, queued: 4 * TRACKER_LIMITS.audit.drawsAtOnce })
  /** Apart: those that wait for outside verifiers must not keep this tracker from asking. */
  readonly #outside = new Limit({ concurrent: TRACKER_LIMITS.audit.outsidersAsked, queued: 0 })
  /** What these brought nothing of: all of it has room, so that no draw is lost by being given to one. */
  readonly #instead = new Limit({ concurrent: TRACKER_LIMITS.audit.drawsAtOnce, queued: TRACKER_LIMITS.audit.outsidersAsked })
  /** Shards that are being asked for again. */
  readonly #asking = new Set<string>()
  /** When (elapsed) they may be asked for again. */
  readonly #againMs = new Map<string, number>()
  /** Proofs that the other trackers have not been told of. */
  #untold = new Map<PeerId, number>()

  constructor(deps: AuditorDeps) {
    this.#deps = deps
  }

  /** Starts the draws that have come due, and looks at what is contained. */
  beat(): void {
    const { dueDraws, fleet, clock, ring, cases } = this.#deps
    const providers = fleet.peers.filter((peer) => this.#isAsked(peer))
    for (const draw of dueDraws.take(providers, clock.now(), 1 + ring.reachable.length))
      if (this.#isMine(draw)) this.#deps.run('draw', (signal) => this.#draw(draw, signal))
    for (const open of cases.all) this.#look(open)
  }

  /** A leaf at the place of a watermark that was not proved: judged like a drawn one. */
  async askPlace(drawn: Drawn, occasion: Occasion, signal: AbortSignal): Promise<Proven> {
    const proven = await this.#limit.run(() => prove(drawn, occasion, false, this.#deps, signal), signal)
    await this.#verified(proven, this.#deps.random.bytes(32), signal)
    return proven
  }

  /**
   * A leaf at random that a person wants asked at once: judged like a drawn one. It is none of the draws that the promise counts.
   * Undefined: the provider is not asked now, or holds nothing that is known here.
   */
  async askAtOnce(provider: PeerId, sequence: number, signal: AbortSignal): Promise<VerdictWord | undefined> {
    if (!this.#isAsked(provider)) return undefined
    const seed = this.#deps.random.bytes(32)
    const drawn = await drawLeaf(seed, provider, this.#deps)
    if (!drawn) return undefined
    const occasion: Occasion = { askedFor: 'draw', round: PRIVATE_ROUND, sequence }
    const proven = await this.#limit.run(() => prove(drawn, occasion, false, this.#deps, signal), signal)
    await this.#verified(proven, seed, signal)
    return proven.verdict
  }

  /**
   * A leaf that the owner of its set has asked, since the holder does not give it: asked as {@link askAtOnce} asks, so that the holder cannot
   * tell. What is not proved is judged like a drawn one. A proof counts for nothing: else owners could raise the standing of a provider of
   * theirs. Undefined: the provider is not asked now, or so much of it is being looked into that owners could fill what is remembered.
   */
  async askForOwner(drawn: Drawn, sequence: number, signal: AbortSignal): Promise<Proven | undefined> {
    const { provider } = drawn.shard
    if (!this.#isAsked(provider) || this.#deps.cases.countOf(provider) >= TRACKER_LIMITS.audit.withheldCases) return undefined
    const proven = await prove(drawn, { askedFor: 'draw', round: PRIVATE_ROUND, sequence }, false, this.#deps, signal)
    if (proven.verdict !== 'proved') {
      const seed = this.#deps.random.bytes(32)
      this.#deps.run('judge a leaf that an owner asked for', (lasting) => this.#verified(proven, seed, lasting))
    }
    return proven
  }

  /** Tells the other trackers what was proved here since the last time. */
  async tellProofs(signal: AbortSignal): Promise<void> {
    const told = this.#untold
    this.#untold = new Map()
    await this.#deps.standings.flush()
    await tellProofsTo(told, this.#deps, signal)
  }

  /** Silent providers are a matter of liveness; those in maintenance are left in peace. */
  #isAsked(peer: PeerId): boolean {
    const { fleet, standings } = this.#deps
    const standing = fleet.standing(peer)
    return standing?.state === 'alive' && !standing.isDeclaredLost && !standings.isInMaintenance(peer)
  }

  /** The first tracker in order carries a draw out, whoever asks. Without a beacon every tracker has draws of its own. */
  #isMine({ seed, provider, round }: DueDraw): boolean {
    const { verifiers, fleet, self } = this.#deps
    if (round === PRIVATE_ROUND) return true
    return verifiers.inOrder(seed, new Set([fleet.domainsOf(provider).domain]))[0]?.peer === self
  }

  async #draw(due: DueDraw, signal: AbortSignal): Promise<void> {
    const { verifiers, fleet } = this.#deps
    const outsider = verifiers.drawnOutside(due.seed, due.provider, new Set([fleet.domainsOf(due.provider).domain]))
    if (outsider && this.#outside.running < TRACKER_LIMITS.audit.outsidersAsked)
      await this.#outside.run(() => this.#drawBy(outsider, due, signal), signal)
    else await this.#limit.run(() => this.#drawHere(due, signal), signal)
  }

  /** An outside verifier asks; this tracker, where that brings nothing: a draw is carried out in any case. */
  async #drawBy(outsider: Outsider, due: DueDraw, signal: AbortSignal): Promise<void> {
    const drawn = await drawLeaf(due.seed, due.provider, this.#deps)
    if (!drawn) return
    const { proven, isSilent } = await askOutsider(outsider, drawn, occasionOf(due), this.#deps, signal)
    if (proven) return await this.#took(proven, due, signal)
    const verdict = await this.#instead.run(() => this.#drawHere(due, signal), signal)
    if (isSilent && verdict !== undefined && verdict !== 'silent') this.#deps.outsiders.keepFrom(outsider.peer, due.provider)
  }

  /** Undefined: nothing is known to be asked. */
  async #drawHere(due: DueDraw, signal: AbortSignal): Promise<VerdictWord | undefined> {
    const drawn = await drawLeaf(due.seed, due.provider, this.#deps)
    if (!drawn) return undefined
    const proven = await prove(drawn, occasionOf(due), false, this.#deps, signal)
    await this.#took(proven, due, signal)
    return proven.verdict
  }

  async #took(proven: Proven, { provider, seed }: DueDraw, signal: AbortSignal): Promise<void> {
    this.#deps.draws.add(1, { verdict: proven.verdict })
    this.#deps.coverage.drawn(provider, proven.verdict)
    await this.#verified(proven, seed, signal)
  }

  /** verify → judge. Of a signed answer others have to say the same, of a proof now and then. */
  async #verified(proven: Proven, seed: Uint8Array, signal: AbortSignal): Promise<void> {
    const { verdict, shard, leaf, occasion } = proven
    const { verifiers, transcripts } = this.#deps
    const isSampled = (seed.at(-1) ?? 0) % TRACKER_LIMITS.audit.recheckOneIn === 0
    const isRechecked = verdict === 'disproved' || verdict === 'lost' || (verdict === 'proved' && isSampled)
    const transcript = isRechecked ? await recheck(proven, seed, this.#deps, signal) : proven.transcript
    if (verdict === 'proved' && isSampled) await transcripts.keep(transcript, verdict, shard.provider)
    this.#judge(shard, {
      evidence: this.#evidenceOf(leaf, verdict, transcript, verifiers.ownDomain),
      transcript,
      verifier: this.#deps.self,
      occasion,
    })
  }

  #evidenceOf(leaf: number, verdict: VerdictWord, transcript: Transcript, domain: string): Evidence {
    const id = transcriptId(transcript, this.#deps.crypto)
    switch (verdict) {
      case 'proved':
        return { kind: 'proved', leaf }
      case 'silent':
        return { kind: 'silent', leaf, domain }
      case 'disproved':
        return { kind: 'disproved', leaf, transcript: id }
      default:
        return { kind: 'lost', leaf, isFirst: false, transcript: id }
    }
  }

  #judge(shard: AuditedShard, found: Found): void {
    const before = this.#deps.cases.of(shard)
    const judgement = this.#deps.cases.take(shard, found, this.#nowOf(shard.provider))
    const open = this.#deps.cases.of(shard) ?? before
    this.#carryOut(shard, judgement, open && found.evidence.kind === 'silent' ? this.#silencesOf(open) : [found.transcript])
  }

  #silencesOf(open: Case): Transcript[] {
    return transcriptsOfSilence(open, (peer) => this.#deps.verifiers.domainOf(peer))
  }

  /** A shard that is not relied on any more is nothing to find out about. */
  #look(open: Case): void {
    const { map, ring, cases } = this.#deps
    const { shard } = open
    // of sets that others own the sweep asks too, without keeping the record
    const isRelied = map.records.has(shard.segment) || !ring.isOwner(shard.segment)
    const held = map.statements.holders(shard.hex).find(({ index, peer }) => index === shard.index && peer === shard.provider)
    if (!held || !isRelied) {
      cases.drop(shard)
      this.#againMs.delete(keyOf(shard))
    } else this.#carryOut(shard, cases.look(open, this.#nowOf(shard.provider)), this.#silencesOf(open))
    if (held && open.state.kind === 'missing') this.#askAgain(shard, open.state.leaves, [])
  }

  /** credit / contain / punish. @param transcripts that justify what counts */
  #carryOut(shard: AuditedShard, { state, orders }: Judgement, transcripts: readonly Transcript[]): void {
    const { run, standings, settler, cases, verifiers } = this.#deps
    for (const order of orders) {
      if (order.kind === 'credit') {
        standings.proved(shard.provider, 1)
        this.#untold.set(shard.provider, (this.#untold.get(shard.provider) ?? 0) + 1)
      } else if (order.kind === 'ask-again') this.#askAgain(shard, order.leaves, order.notIn)
      else if (order.kind === 'count')
        run('settle a verdict', async (signal) => {
          await settler.settle(transcripts)
          const told = transcripts.map((transcript) => verifiers.forTrackers(transcript))
          await tellVerdictTo(told, this.#deps, signal)
        })
    }
    // what is wrong or lost is for the map to know; where it was not settled, the next draw finds it again
    if (state.kind === 'wrong' || state.kind === 'lost') cases.drop(shard)
  }

  #askAgain(shard: AuditedShard, leaves: readonly number[], notIn: readonly string[]): void {
    const key = keyOf(shard)
    const occasion = this.#deps.cases.of(shard)?.occasion
    const { clock, random } = this.#deps
    if (!occasion || this.#asking.has(key) || clock.elapsed() < (this.#againMs.get(key) ?? 0)) return
    this.#asking.add(key)
    const fresh = freshLeaf(leaves, leafCount(shard.record.shardBytes), random)
    const asked = fresh === undefined ? leaves : [...leaves.slice(0, LEAVES_AGAIN - 1), fresh]
    this.#deps.run('ask a silent shard again', async (signal) => {
      try {
        const again = await this.#limit.run(() => askElsewhere(shard, asked, occasion, notIn, this.#deps, signal), signal)
        this.#rest(key)
        for (const one of again)
          // silence about one leaf more is nothing new
          if (one.leaf !== fresh || one.verdict !== 'silent') await this.#judgeAgain(shard, one, occasion, signal)
      } finally {
        this.#rest(key)
      }
    })
  }

  /** What convicts, and what takes back that a shard is missing, others have to say too: alone it would change no tracker's map. */
  async #judgeAgain(shard: AuditedShard, again: AskedAgain, occasion: Occasion, signal: AbortSignal): Promise<void> {
    const { leaf, verdict, verifier, domain } = again
    const isMissing = this.#deps.cases.of(shard)?.state.kind === 'missing'
    const isRechecked = verdict === 'disproved' || verdict === 'lost' || (verdict === 'proved' && isMissing)
    const transcript = isRechecked ? await recheck(again, this.#deps.random.bytes(32), this.#deps, signal) : again.transcript
    this.#judge(shard, { evidence: this.#evidenceOf(leaf, verdict, transcript, domain), transcript, verifier, occasion })
  }

  /** It is not asked for again at once, unless a new silence says so. */
  #rest(key: string): void {
    this.#asking.delete(key)
    this.#againMs.set(key, this.#deps.clock.elapsed() + TRACKER_LIMITS.audit.againMs)
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

const occasionOf = ({ round, sequence }: DueDraw): Occasion => ({ askedFor: 'draw', round, sequence })
