/**
 * The operator of the simulated world: the pure parts of the real one (detect, plan, planEpoch), acting by function calls where the
 * real one has Kubernetes and the admin API.
 *
 * Never looks into a machine: it knows volumes, as Kubernetes does, and what trackers say.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { type Epoch, planEpoch, signEpoch } from '@lunarx/core/epoch'
import { hasCode } from '@lunarx/core/model'
import { detect, type Fleet, isDrained, judgeRest, learnMembers, type Member, mergeFleet, plan } from '@lunarx/operator/healing'
import type { SimulatedClock } from '@lunarx/runtime/clock'
import type { Trace } from '@lunarx/runtime/log'
import type { Provider } from '@lunarx/provider'
import type { Tracker } from '@lunarx/tracker'
import type { TrackerStatus } from '@lunarx/wire'
import type { Machine } from './machine.ts'
import type { Shape } from './shape.ts'

const STEP_MS = 5_000

export interface OperatorDeps {
  readonly clock: SimulatedClock
  readonly crypto: CryptoEngine
  readonly trace: Trace
  readonly network: string
  readonly networkKey: SignKey
  readonly survive: number
  readonly shape: Shape
  readonly trackers: readonly Machine<Tracker>[]
  readonly providers: readonly Machine<Provider>[]
  defect(where: string, error: unknown): void
}

export class Operator {
  readonly #deps: OperatorDeps
  #members: readonly Member[] = []
  /** Peers that are to be drained. */
  readonly #leaving = new Set<PeerId>()
  /** What Kubernetes keeps for it. */
  #epoch: { readonly epoch: Epoch; readonly document: SignedDocument } | undefined

  constructor(deps: OperatorDeps) {
    this.#deps = deps
  }

  get epoch(): Epoch | undefined {
    return this.#epoch?.epoch
  }

  /** The provider that lives there is to go, if the others can hold everything. */
  drain({ peer }: Machine<Provider>): void {
    if (peer) this.#leaving.add(peer)
  }

  /** It stays after all. */
  keep({ peer }: Machine<Provider>): void {
    if (peer) this.#leaving.delete(peer)
  }

  /** Trackers of every set say that nothing is left there that is needed. */
  isDrained({ peer }: Machine<Provider>): boolean {
    const statuses = this.#deps.trackers.flatMap(({ running }) => running?.status() ?? [])
    return this.#fleetOf(statuses).providers.some((one) => one.peer === peer && isDrained(one))
  }

  /** Reconciles again and again. */
  async run(): Promise<never> {
    for (;;) {
      await this.#step()
      await this.#deps.clock.sleep(STEP_MS)
    }
  }

  async #step(): Promise<void> {
    const { trackers, providers } = this.#deps
    const running = trackers.flatMap(({ running }) => running ?? [])
    if (running.length === 0) return
    const statuses = running.map((tracker) => tracker.status())
    const fleet = this.#fleetOf(statuses)
    const claims = providers.map(({ host, volume }) => ({ pod: host, uid: volume, phase: 'Bound' }))
    this.#members = learnMembers(this.#members, claims, fleet.providers)
    for (const { kind, peer, reason } of plan(detect({ members: this.#members, claims, fleet: fleet.providers })))
      this.#tell(running, (tracker) => (kind === 'retire' ? tracker.retire(peer, reason) : tracker.declareLost(peer, reason)))
    this.#orderDrains(fleet, running, statuses)
    this.#planEpoch(fleet.providers, statuses)
    const held = this.#epoch
    if (held)
      this.#tell(
        running.filter((_, i) => (statuses[i]?.epoch ?? 0) < held.epoch.number),
        (tracker) => tracker.announceEpoch(held.document),
      )
  }

  #fleetOf(statuses: readonly TrackerStatus[]): Fleet {
    const { trackers, survive } = this.#deps
    return mergeFleet(statuses, { desired: trackers.length, survive })
  }

  #orderDrains(fleet: Fleet, running: readonly Tracker[], statuses: readonly TrackerStatus[]): void {
    const { survive, shape } = this.#deps
    const leaving = fleet.providers.filter(({ peer, declaredLost }) => this.#leaving.has(peer) && !declaredLost)
    const isRefused =
      leaving.length > 0 && judgeRest(leaving, { fleet, classes: [{ name: 'only', ...shape.class }], survive }) !== undefined
    for (const [i, tracker] of running.entries())
      for (const { peer, drain, declaredLost } of statuses[i]?.providers ?? []) {
        const isLeaving = !isRefused && this.#leaving.has(peer)
        if (!declaredLost && isLeaving !== (drain !== null)) this.#tell([tracker], () => tracker.orderDrain(peer, isLeaving))
      }
  }

  #planEpoch(fleet: ReturnType<typeof mergeFleet>['providers'], statuses: readonly ReturnType<Tracker['status']>[]): void {
    const { network, networkKey, survive, clock, crypto, trace } = this.#deps
    const trackers = statuses.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ tracker }) => tracker)
    const answer = planEpoch({ network, previous: this.#epoch?.epoch, fleet, trackers, survive, nowMs: clock.now() }, crypto)
    if (answer.kind === 'keep') return
    const { epoch } = answer
    this.#epoch = { epoch, document: signEpoch(epoch, networkKey) }
    trace.add('operator', `epoch ${epoch.number}: ${epoch.members.map(({ name, peer }) => `${name}=${peer.slice(-5)}`).join(' ')}`)
  }

  /** Waits for nobody: a tracker that crashes meanwhile never answers. */
  #tell(trackers: readonly Tracker[], word: (tracker: Tracker) => Promise<unknown>): void {
    for (const tracker of trackers)
      word(tracker).catch((error: unknown) => {
        if (!hasCode(error, 'PEER_UNREACHABLE', 'FULL', 'STORE_FAILED')) this.#deps.defect('operator', error)
      })
  }
}
