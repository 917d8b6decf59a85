/**
 * An operator: informers that every replica keeps, controllers that the leader runs. Names as in `@dot-i/k8s-operator`.
 *
 * Why not that package: docs/adr (own controller runtime).
 *
 * @module
 */
import type { KubeClient } from './client.ts'
import { Controller, type ControllerDeps, type Reconcile } from './controller.ts'
import { hasFinalizer, holdFinalizer, releaseFinalizer } from './finalizers.ts'
import { Informer, type InformerOptions } from './informer.ts'
import { LeaderElection, type ElectionOptions } from './leader-election.ts'
import type { KubeObject, ResourceKind } from './resource.ts'

export interface OperatorDeps extends ControllerDeps {
  readonly client: KubeClient
  /** Unset: this process leads at once. */
  readonly election?: ElectionOptions | undefined
}

const SYNC_POLL_MS = 50

export abstract class Operator implements AsyncDisposable {
  protected readonly deps: OperatorDeps
  readonly #stop = new AbortController()
  readonly #informers: Informer[] = []
  readonly #controllers = new Map<string, Reconcile>()
  readonly #running = new Map<string, Controller>()
  readonly #work: Promise<void>[] = []
  /** Background work that ended although nobody stopped it. */
  readonly #ended: string[] = []

  constructor(deps: OperatorDeps) {
    this.deps = deps
  }

  /** Names what is watched and what is reconciled, by `watchResource` and `addController`. */
  protected abstract init(): Promise<void>

  /** Keeps a local copy of a kind, in every replica. */
  protected watchResource<T extends KubeObject>(kind: ResourceKind, options: InformerOptions = {}): Informer<T> {
    const informer = new Informer<T>(this.deps.client, kind, options, this.deps)
    this.#informers.push(informer as unknown as Informer)
    return informer
  }

  /** Reconciles keys, in the leader only. */
  protected addController(name: string, reconcile: Reconcile): void {
    this.#controllers.set(name, reconcile)
  }

  /** Wants a key looked at, after a pause that lets several changes be seen at once; does nothing where this process does not lead. */
  protected enqueue(controller: string, key: string, afterMs = 0): void {
    const queue = this.#running.get(controller)?.queue
    if (afterMs > 0) queue?.addAfter(key, afterMs)
    else queue?.add(key)
  }

  /** Called when a term of leadership has ended, with no reconciliation left in hand. */
  protected resign(): void {
    // nothing by default
  }

  /** Keys to look at when a term of leadership begins. */
  protected abstract allKeys(controller: string): Iterable<string>

  /**
   * Holds the finalizer on an object that lives; on one that is being deleted runs `clean` and lets it go when that says true.
   * @returns true if the object is being deleted: nothing else is to be done for it
   */
  protected async handleResourceFinalizer(
    kind: ResourceKind,
    object: KubeObject,
    finalizer: string,
    clean: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (object.metadata.deletionTimestamp === undefined) {
      await holdFinalizer(this.deps.client, kind, object, finalizer, signal)
      return false
    }
    if (hasFinalizer(object, finalizer) && (await clean())) await releaseFinalizer(this.deps.client, kind, object, finalizer, signal)
    return true
  }

  /** True once every first list is in. */
  isReady(): boolean {
    return this.#informers.length > 0 && this.#informers.every((informer) => informer.isSynced)
  }

  /** Why a restart is needed; [] while it is not. */
  failures(): readonly string[] {
    const stale = this.#informers.filter((informer) => informer.isStale).map((informer) => `the watch of ${informer.kind.plural} is silent`)
    return [...this.#ended, ...stale]
  }

  /** Starts and returns at once; stops with `stop`. */
  async start(): Promise<void> {
    await this.init()
    const { signal } = this.#stop
    for (const informer of this.#informers) this.#background(`informer of ${informer.kind.plural}`, informer.run(signal))
    this.#background('reconciliation', this.#campaign(signal))
  }

  /** Finishes what is in hand, gives the Lease back. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#work)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #background(name: string, work: Promise<void>): void {
    const watched = work.catch((error: unknown) => {
      this.deps.log.error('background work ended', { work: name, error })
      this.#ended.push(`${name} has ended`)
    })
    this.#work.push(watched)
  }

  async #campaign(signal: AbortSignal): Promise<void> {
    while (!this.isReady() && !signal.aborted) await this.deps.clock.sleep(SYNC_POLL_MS, signal).catch(() => undefined)
    if (signal.aborted) return
    const { election, client } = this.deps
    if (election === undefined) await this.#lead(signal)
    else await new LeaderElection(client, election, this.deps).run((term) => this.#lead(term), signal)
  }

  async #lead(signal: AbortSignal): Promise<void> {
    for (const [name, reconcile] of this.#controllers) this.#running.set(name, new Controller(name, reconcile, this.deps))
    for (const [name, controller] of this.#running) for (const key of this.allKeys(name)) controller.queue.add(key)
    await Promise.all([...this.#running.values()].map((controller) => controller.run(signal)))
    this.#running.clear()
    this.resign()
  }
}
