/**
 * The operator's part in scaling trackers: the pure parts of the real one (planTrackers, judgeLeave, planRollout), acting on machines where
 * the real one has a configuration map, evictions, a StatefulSet and its claims.
 *
 * Keeps nothing but what Kubernetes keeps: the configuration in force and how many pods there are to be.
 *
 * @module
 */
import { judgeLeave, type Leave, mergeFleet, namedReplicas, planRollout, planTrackers, type Rollout } from '@lunarx/operator/healing'
import type { Provider } from '@lunarx/provider'
import type { SimulatedClock } from '@lunarx/runtime/clock'
import type { Trace } from '@lunarx/runtime/log'
import type { Tracker } from '@lunarx/tracker'
import type { Machine } from './machine.ts'

const STEP_MS = 5_000
const RESTART_MS = 1_000

export interface TrackerScaleDeps {
  readonly clock: SimulatedClock
  readonly trace: Trace
  /** By ordinal. Those that are removed stay in the list, and off. */
  readonly trackers: readonly Machine<Tracker>[]
  readonly providers: readonly Machine<Provider>[]
  readonly survive: number
  /** Number of the epoch in force. */
  readonly epoch: () => number
  /** How many the configuration in force names. */
  readonly named: () => number
  /** Writes the configuration. */
  readonly name: (count: number) => void
  /** True if the machine has started with another configuration than the one in force. */
  readonly isOutdated: (host: string) => boolean
  /** The configuration is to name a tracker no more. */
  readonly onLeaving: (machine: Machine<Tracker>) => Promise<void>
  /** A tracker is about to be removed with its volume. */
  readonly onRemoval: (machine: Machine<Tracker>) => Promise<void>
}

export class TrackerScale {
  readonly #deps: TrackerScaleDeps
  /** Of the Tracker resource. */
  wanted: number
  /** Of the StatefulSet. */
  #live: number
  #leave: Leave | undefined
  /** Why nothing goes on, step by step. */
  readonly reasons = new Set<string>()

  constructor(deps: TrackerScaleDeps) {
    this.#deps = deps
    this.wanted = this.#live = deps.trackers.length
  }

  get live(): number {
    return this.#live
  }

  /** As many as are wanted run, and everyone has started with that. */
  isDone(): boolean {
    const { trackers, providers, isOutdated } = this.#deps
    const machines = [...trackers.slice(0, this.#live), ...providers]
    return this.#live === this.wanted && machines.every(({ running, host }) => running?.ready() === true && !isOutdated(host))
  }

  /** The operator is another process from now on. */
  restart(): void {
    this.#leave = undefined
  }

  /** Reconciles again and again, until it is told to stop. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#step()
      await this.#deps.clock.sleep(STEP_MS)
    }
  }

  async #step(): Promise<void> {
    const { trackers, survive, named, name } = this.#deps
    const size = { name: 'tracker', wanted: this.wanted, live: this.#live }
    const plan = planTrackers({
      pools: [size],
      copies: 2 * survive + 1,
      isNamed: (pod) => trackers.findIndex(({ host }) => host === pod) < named(),
    })
    if (plan.refusal) this.reasons.add(plan.refusal.reason)
    const begins = plan.next !== undefined && this.#leave?.pod === plan.next.pod && this.#leave.mayBeLeftOut
    const count = namedReplicas(size, plan, begins)
    const last = trackers[count]
    if (count < named() && last) await this.#deps.onLeaving(last)
    if (count !== named()) name(count)
    for (const machine of trackers.slice(this.#live, this.wanted)) machine.boot()
    this.#live = Math.max(this.#live, this.wanted)
    const leftOut = plan.next?.isLeftOut === true ? plan.next.pod : undefined
    const rollout = this.#rollOut(leftOut)
    if (!plan.next) return
    const words = trackers.slice(0, this.#live).flatMap(({ running }) => running?.status() ?? [])
    const staying = trackers.slice(0, count).flatMap(({ host }) => (host === plan.next?.pod ? [] : [host]))
    this.#leave = judgeLeave({ next: plan.next, staying, words, rollout })
    this.reasons.add(this.#leave.reason)
    this.#deps.trace.add('operator', `${this.#leave.reason} ${this.#leave.message}`)
    if (this.#leave.isHandedOver) await this.#remove(plan.next.pod)
  }

  async #remove(pod: string): Promise<void> {
    const machine = this.#deps.trackers.find(({ host }) => host === pod)
    if (!machine) return
    await this.#deps.onRemoval(machine)
    this.#live--
    machine.wipe()
  }

  #rollOut(leftOut: string | undefined): Rollout {
    const { trackers, providers, survive, named, epoch, isOutdated } = this.#deps
    const statuses = trackers.slice(0, named()).flatMap(({ running }) => running?.status() ?? [])
    const desired = named() + (leftOut === undefined ? 0 : 1)
    const present = [...trackers.slice(0, this.#live), ...providers]
    const plan = planRollout({
      pods: present.map((machine, i) => ({
        name: machine.host,
        uid: machine.volume,
        component: i < this.#live ? 'tracker' : 'provider',
        isOutdated: isOutdated(machine.host),
        isReady: machine.running?.ready() === true,
        isLeaving: false,
      })),
      missing: [],
      fleet: statuses.length === 0 ? undefined : mergeFleet(statuses, { desired, survive }),
      trackers: { desired: named(), reachable: statuses.length },
      epoch: { number: epoch() },
      leftOut,
    })
    if (plan.kind === 'replace') for (const { name } of plan.pods) this.#replace(present.find(({ host }) => host === name))
    return plan
  }

  /** One that is just starting is replaced when it runs. */
  #replace(machine: Machine<unknown> | undefined): void {
    if (!machine?.running) return
    machine.crash()
    this.#deps.clock.after(RESTART_MS, () => machine.boot())
  }
}
