/**
 * A local copy of the objects of one kind, kept by list and watch. Objects that vanished while the watch was cut are reported as
 * deleted; it never gives up, and tells when it hears nothing although lists succeed.
 *
 * Only what the selection asks for is held, without managed fields.
 *
 * @module
 */
import { hasStatus } from './api-error.ts'
import type { KubeClient, Listed, Selection } from './client.ts'
import type { ControllerDeps } from './controller.ts'
import { keyOf, type KubeObject, type ResourceKind } from './resource.ts'

export interface Change<T> {
  readonly type: 'added' | 'modified' | 'deleted'
  readonly object: T
}

export interface InformerOptions extends Selection {
  /** A full list at least this often, in case a change was missed. Default 10 minutes. */
  readonly relistMs?: number
}

export type InformerClient = Pick<KubeClient, 'list' | 'watch'>

const RELIST_MS = 600_000
/** Bookmarks come about once a minute. */
const STALE_MS = 300_000
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 30_000

/** Server-side bookkeeping, often larger than the object. */
function slim<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { readonly managedFields?: unknown }
  return { ...object, metadata }
}

export class Informer<T extends KubeObject = KubeObject> {
  readonly kind: ResourceKind
  readonly #client: InformerClient
  readonly #options: InformerOptions
  readonly #deps: ControllerDeps
  readonly #objects = new Map<string, T>()
  readonly #listeners: ((change: Change<T>) => void)[] = []
  #isSynced = false
  /** The last word of the watch, or the last list that failed: silence counts from here. */
  #heardMs = 0
  /** Words of all watches so far, bookmarks too. */
  #events = 0
  /** The last list that succeeded. */
  #listedMs = 0

  constructor(client: InformerClient, kind: ResourceKind, options: InformerOptions, deps: ControllerDeps) {
    this.kind = kind
    this.#client = client
    this.#options = options
    this.#deps = { ...deps, log: deps.log.with({ kind: kind.kind }) }
  }

  /** True once the first list is in. */
  get isSynced(): boolean {
    return this.#isSynced
  }

  /** The watch has been silent for 5 minutes although every list succeeded: only a restart is left. False while the server is away, and after. */
  get isStale(): boolean {
    return this.#isSynced && this.#listedMs - this.#heardMs > STALE_MS
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(namespace === undefined ? name : `${namespace}/${name}`)
  }

  list(): readonly T[] {
    return [...this.#objects.values()]
  }

  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener)
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#heardMs = this.#deps.clock.elapsed()
    for (let failures = 0; !signal.aborted;) {
      const before = this.#events
      try {
        await this.#follow(await this.#relist(signal), signal)
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        // a list that succeeds is no success while every watch after it is refused
        failures = this.#events > before ? 1 : failures + 1
        if (!hasStatus(error, 410)) this.#deps.log.warn('list or watch failed', { error, failures })
      }
      await this.#pause(failures, signal)
    }
  }

  async #relist(signal: AbortSignal): Promise<string> {
    const { items, resourceVersion } = await this.#list(signal)
    const present = new Set(items.map(keyOf))
    for (const object of items) this.#take(object)
    for (const [key, object] of this.#objects) if (!present.has(key)) this.#drop(object)
    this.#listedMs = this.#deps.clock.elapsed()
    this.#isSynced = true
    return resourceVersion
  }

  /** A server that does not answer is no silent watch: it is not held against the watch, then or later. */
  async #list(signal: AbortSignal): Promise<Listed<T>> {
    try {
      return await this.#client.list<T>(this.kind, this.#options, { signal })
    } catch (error) {
      this.#heardMs = this.#deps.clock.elapsed()
      throw error
    }
  }

  /** Watches from version to version until a full list is due. Throws when the watch fails: the list that follows repairs all. */
  async #follow(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const untilMs = this.#deps.clock.elapsed() + (this.#options.relistMs ?? RELIST_MS)
    let version = resourceVersion
    while (!signal.aborted && this.#deps.clock.elapsed() < untilMs) {
      for await (const event of this.#client.watch<T>(this.kind, this.#options, version, { signal })) {
        this.#heardMs = this.#deps.clock.elapsed()
        this.#events++
        version = event.object.metadata.resourceVersion ?? version
        if (event.type === 'DELETED') this.#drop(event.object)
        else if (event.type !== 'BOOKMARK') this.#take(event.object)
      }
    }
  }

  #take(object: T): void {
    const key = keyOf(object)
    const before = this.#objects.get(key)
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return
    const kept = slim(object)
    this.#objects.set(key, kept)
    // Deleted and made again between two lists: a new uid under the old name.
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) this.#tell({ type: 'deleted', object: before })
    this.#tell({ type: before?.metadata.uid === object.metadata.uid ? 'modified' : 'added', object: kept })
  }

  #drop(object: T): void {
    if (this.#objects.delete(keyOf(object))) this.#tell({ type: 'deleted', object: slim(object) })
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        this.#deps.log.error('listener failed', { error, object: keyOf(change.object) })
      }
    }
  }

  async #pause(failures: number, signal: AbortSignal): Promise<void> {
    if (failures === 0 || signal.aborted) return
    const fullMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 16))
    await this.#deps.clock.sleep(fullMs * (0.5 + this.#deps.random.uniform() / 2), signal).catch(() => undefined)
  }
}
