/**
 * Kubernetes Events for people: what happened to a resource. The same event again is counted, and written anew at most every ten
 * minutes: a permanent fault makes a handful an hour.
 *
 * @module
 */
import type { KubeClient } from './client.ts'
import type { ControllerDeps } from './controller.ts'
import { KINDS, type KubeObject } from './resource.ts'

export interface Occurrence {
  readonly type: 'Normal' | 'Warning'
  /** One CamelCase word. */
  readonly reason: string
  readonly message: string
}

interface Remembered {
  readonly name: string
  readonly firstTimestamp: string
  count: number
  writtenMs: number
}

const REPEAT_MS = 600_000
/** Events that are remembered to be counted; the oldest are forgotten. */
const MAX_REMEMBERED = 2_000
const MAX_MESSAGE = 1_000

export class Events {
  readonly #client: KubeClient
  readonly #deps: ControllerDeps
  readonly #reporter: string
  readonly #remembered = new Map<string, Remembered>()

  constructor(client: KubeClient, reporter: string, deps: ControllerDeps) {
    this.#client = client
    this.#reporter = reporter
    this.#deps = deps
  }

  /** Never throws: an event that cannot be written is logged. */
  async record(about: KubeObject, occurrence: Occurrence): Promise<void> {
    const { clock, log, random } = this.#deps
    const message = occurrence.message.slice(0, MAX_MESSAGE)
    const key = [about.metadata.uid, occurrence.type, occurrence.reason, message].join('\0')
    const timestamp = new Date(clock.now()).toISOString()
    const known = this.#remembered.get(key)
    if (known !== undefined) {
      known.count++
      if (clock.elapsed() - known.writtenMs < REPEAT_MS) return
    }
    const suffix = Buffer.from(random.bytes(8)).toString('hex')
    const remembered = known ?? { name: `${about.metadata.name}.${suffix}`, firstTimestamp: timestamp, count: 1, writtenMs: 0 }
    remembered.writtenMs = clock.elapsed()
    this.#remember(key, remembered)
    try {
      await this.#client.apply(KINDS.event, this.#eventOf(about, { ...occurrence, message }, remembered, timestamp))
    } catch (error) {
      log.warn('event not written', { error, reason: occurrence.reason })
    }
  }

  #remember(key: string, event: Remembered): void {
    this.#remembered.delete(key)
    this.#remembered.set(key, event)
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest)
  }

  #eventOf({ apiVersion, kind, metadata }: KubeObject, { type, reason, message }: Occurrence, event: Remembered, lastTimestamp: string) {
    const { name, namespace, uid, resourceVersion } = metadata
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: event.name, namespace: namespace ?? 'default' },
      involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
      type,
      reason,
      message,
      count: event.count,
      firstTimestamp: event.firstTimestamp,
      lastTimestamp,
      reportingComponent: this.#reporter,
      reportingInstance: this.#reporter,
      source: { component: this.#reporter },
    }
  }
}
