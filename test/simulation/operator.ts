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
import { type Epoch, planEpoch, signEpoch } from '@lunarx/core/epoch'
import { hasCode } from '@lunarx/core/model'
import { detect, learnMembers, type Member, mergeFleet, plan } from '@lunarx/operator/healing'
import type { SimulatedClock } from '@lunarx/runtime/clock'
import type { Trace } from '@lunarx/runtime/log'
import type { Provider } from '@lunarx/provider'
import type { Tracker } from '@lunarx/tracker'
import type { Machine } from './machine.ts'

const STEP_MS = 5_000

export interface OperatorDeps {
  readonly clock: SimulatedClock
  readonly crypto: CryptoEngine
  readonly trace: Trace
  readonly network: string
  readonly networkKey: SignKey
  readonly survive: number
  readonly trackers: readonly Machine<Tracker>[]
  readonly providers: readonly Machine<Provider>[]
  defect(where: string, error: unknown): void
}

export class Operator {
  readonly #deps: OperatorDeps
  #members: readonly Member[] = []
  /** What Kubernetes keeps for it. */
  #epoch: { readonly epoch: Epoch; readonly document: SignedDocument } | undefined

  constructor(deps: OperatorDeps) {
    this.#deps = deps
  }

  get epoch(): Epoch | undefined {
    return this.#epoch?.epoch
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
    const fleet = mergeFleet(statuses)
    const claims = providers.map(({ host, volume }) => ({ pod: host, uid: volume, phase: 'Bound' }))
    this.#members = learnMembers(this.#members, claims, fleet.providers)
    for (const { peer, reason } of plan(detect({ members: this.#members, claims, fleet: fleet.providers })))
      this.#tell(running, (tracker) => tracker.declareLost(peer, reason))
    this.#planEpoch(fleet.providers, statuses)
    const held = this.#epoch
    if (held)
      this.#tell(
        running.filter((_, i) => (statuses[i]?.epoch ?? 0) < held.epoch.number),
        (tracker) => tracker.announceEpoch(held.document),
      )
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
