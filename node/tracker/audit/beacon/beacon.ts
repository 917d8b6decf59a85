/**
 * beacon: deal → hold → agree → open, with the other trackers, for the hour that comes next.
 *
 * Trackers read from each other what they lack (`read-beacon`), check it and do their part (`take-part`). Participants are the trackers on slots of
 * the epoch in force when the round begins to be made. Verifiers bring a commitment, and open it when they have seen the set that names it
 * (`commit-beacon`, `follow-beacon`); they are never waited for. Without a majority there is no value, and every tracker draws by a secret of
 * its own (due-draws.ts).
 *
 * @module
 */
import {
  BEACON_REVEAL_MS,
  BEACON_ROUND_MS,
  beaconParticipants,
  beaconPhaseAt,
  beaconRoundAt,
  beaconSinceMs,
  verifiersOf,
} from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { RateLimit } from '@lunarx/runtime/tasks'
import { readBeacon, type AnswerOf, type commitBeacon, type followBeacon, type QuestionOf } from '@lunarx/wire'
import type { Ask } from '../../ask/index.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { TrackerRing } from '../../ring/index.ts'
import { hear } from '../hear.ts'
import type { BeaconMemory } from './memory.ts'
import { RoundDocuments } from './round-documents.ts'
import { dealOf, takePart, type OwnDeal, type OwnPart } from './take-part.ts'

export interface BeaconDeps {
  readonly network: string
  readonly self: PeerId
  readonly signKey: SignKey
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly ask: Ask
  readonly ring: TrackerRing
  readonly memory: BeaconMemory
  /** Trackers by slot, of the epoch in force. */
  readonly trackerSlots: () => readonly PeerId[]
  /** Of a verifier that is known here; undefined: it is none. */
  readonly verifierDomain: (peer: PeerId) => string | undefined
}

const MINUTE_MS = 60_000

export class Beacon {
  readonly #deps: BeaconDeps
  /** Of the hour in use, while its value is not known, and of the next. */
  readonly #rounds = new Map<number, RoundDocuments>()
  readonly #dealt = new WeakMap<RoundDocuments, OwnDeal>()
  readonly #verifierRate: RateLimit

  constructor(deps: BeaconDeps) {
    this.#deps = deps
    const { beaconAsks: requests, outsiders } = TRACKER_LIMITS.audit
    this.#verifierRate = new RateLimit({ requests, windowMs: MINUTE_MS, maxKeys: 2 * outsiders }, deps.clock)
  }

  /** 32 bytes; undefined: the round had none, or is not over. */
  valueOf(round: number): Uint8Array | undefined {
    return this.#deps.memory.valueOf(round)
  }

  /** As `lunarx verify` takes it. Undefined: the round had no value, or it is not known here. */
  async proofOf(round: number): Promise<Uint8Array | undefined> {
    return await this.#deps.memory.proofOf(round)
  }

  /** What is to be done now. */
  async beat(signal: AbortSignal): Promise<void> {
    const present = beaconRoundAt(this.#deps.clock.now())
    for (const round of this.#rounds.keys()) if (round < present) this.#rounds.delete(round)
    for (const round of [present, present + 1]) {
      if (this.valueOf(round)) continue
      const documents = this.#documentsOf(round)
      if (!documents) continue
      await this.#takePart(documents)
      await this.#read(documents, signal)
      await this.#takePart(documents)
      const { value, proof } = documents
      if (!value || !proof) continue
      await this.#deps.memory.keepValue(round, value, proof)
      this.#deps.log.info('a round of the beacon has its value', { round, ...verifiersOf(proof) })
    }
  }

  /** For another tracker. */
  answer({ round, have }: QuestionOf<typeof readBeacon>, asker: PeerId): AnswerOf<typeof readBeacon> {
    return this.#rounds.get(round)?.lacking(have, asker) ?? { deals: [], shares: [], holds: [], sets: [], openings: [] }
  }

  /**
   * A verifier commits, in the first quarter.
   * @throws {LunarError} UNAUTHORIZED: it has not announced itself, or it is another's; BAD_MESSAGE, BAD_SIGNATURE, TOO_MANY_REQUESTS
   */
  commit({ commitment }: QuestionOf<typeof commitBeacon>, verifier: PeerId): AnswerOf<typeof commitBeacon> {
    const domain = this.#admit(verifier)
    const { round, phase } = beaconPhaseAt(this.#deps.clock.now())
    const documents = phase === 'deal' ? this.#rounds.get(round) : undefined
    if (!documents) throw new LunarError('BAD_MESSAGE', 'no round is dealt now', { detail: { phase } })
    documents.verifiers.offer(commitment, { peer: verifier, domain })
    return {}
  }

  /**
   * A verifier asks what became of its commitment, and opens it. What comes late, or does not fit, is passed over.
   * @throws {LunarError} UNAUTHORIZED, TOO_MANY_REQUESTS
   */
  follow({ round, reveal }: QuestionOf<typeof followBeacon>, verifier: PeerId): AnswerOf<typeof followBeacon> {
    this.#admit(verifier)
    const documents = this.#rounds.get(round)
    if (!documents) return { holds: [], sets: [], closings: [] }
    if (reveal && beaconSinceMs(round, this.#deps.clock.now()) < BEACON_REVEAL_MS) documents.absorb({ reveals: [reveal] })
    return documents.aboutCommitment(verifier)
  }

  /** @returns the failure domain of a verifier that is known here */
  #admit(verifier: PeerId): string {
    const domain = this.#deps.verifierDomain(verifier)
    if (domain === undefined) throw new LunarError('UNAUTHORIZED', 'the verifier has not announced itself here')
    this.#verifierRate.take(verifier)
    return domain
  }

  /** Participants are fixed with the first quarter; a tracker that knows no epoch waits for one. */
  #documentsOf(round: number): RoundDocuments | undefined {
    const { trackerSlots, network, self, crypto, clock } = this.#deps
    const known = this.#rounds.get(round)
    const participants = beaconParticipants(trackerSlots())
    const isOpen = beaconPhaseAt(clock.now()).round === round && beaconPhaseAt(clock.now()).phase === 'deal'
    const isSame = known?.round.participants.join() === participants.join()
    if (known && (isSame || !isOpen)) return known
    if (participants.length === 0) return undefined
    const made = new RoundDocuments({ network, round, participants }, self, crypto)
    this.#rounds.set(round, made)
    return made
  }

  async #takePart(documents: RoundDocuments): Promise<void> {
    const { memory, random, signKey, crypto, clock } = this.#deps
    const { round } = documents.round
    const sinceMs = beaconSinceMs(round, clock.now())
    const kept = await memory.partIn(round)
    if (!kept && sinceMs >= BEACON_ROUND_MS) return
    const part: OwnPart = kept ?? { random: random.bytes(32), set: null, closing: null }
    if (!kept) await memory.keepPart(round, part)
    const own = this.#dealt.get(documents) ?? dealOf(documents.round, part, signKey, crypto)
    if (!own) return
    this.#dealt.set(documents, own)
    const signed = takePart(documents, own, part, sinceMs, signKey)
    if (!signed) return
    const { set, closing } = { ...part, ...signed }
    await memory.keepPart(round, { ...part, ...signed })
    documents.absorb({ sets: set ? [set] : [], closings: closing ? [closing] : [] })
  }

  async #read(documents: RoundDocuments, signal: AbortSignal): Promise<void> {
    const { round } = documents.round
    const options = { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs }
    for (const { address } of this.#deps.ring.reachable)
      documents.absorb((await hear(address, readBeacon, { round, have: documents.ids }, this.#deps, options)) ?? {})
  }
}
