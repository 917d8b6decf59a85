/**
 * The verbs of the Kubernetes API over raw JSON: what is given is what goes over the wire.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { apiErrorOf, hasStatus } from './api-error.ts'
import type { Call, Connection } from './connection.ts'
import { linesOf } from './lines.ts'
import { apiVersionOf, KINDS, pathOf, type KubeObject, type Place, type ResourceKind } from './resource.ts'

export const FIELD_MANAGER = 'lunarx-operator'

/** Objects per page of a list. */
const PAGE = 500
/** The server ends a watch after this; it is opened again where it ended. Seconds. */
const WATCH_SECONDS = 290
/** Bookmarks come about once a minute, so that a silent watch is a dead one. Milliseconds. */
const WATCH_IDLE_MS = 150_000

export interface Selection {
  /** Unset: all namespaces. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  /** Of lists only. */
  readonly fieldSelector?: string | undefined
}

export interface Listed<T> {
  readonly items: readonly T[]
  readonly resourceVersion: string
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } }

interface Abortable {
  readonly signal?: AbortSignal | undefined
}

export interface RemoveOptions extends Abortable {
  readonly uid?: string | undefined
  /** Of a pod; 0: its kubelet is not waited for. Unset: what the pod says. */
  readonly graceSeconds?: number
}

export interface EvictOptions extends RemoveOptions {
  /** Nothing is evicted: only whether the budget would let it. */
  readonly isDryRun?: boolean
}

const query = (fields: Readonly<Record<string, string | undefined>>): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) parameters.set(name, value)
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

export class KubeClient {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Undefined if there is none. @throws {ApiError} */
  async get<T extends KubeObject>(kind: ResourceKind, place: Place, options: Abortable = {}): Promise<T | undefined> {
    try {
      return await this.#ask<T>({ method: 'GET', path: pathOf(kind, place), ...options })
    } catch (error) {
      if (hasStatus(error, 404)) return undefined
      throw error
    }
  }

  /** What is no object of the API: JSON documents that the server publishes, some under types of their own. @throws {ApiError} */
  read(path: string, options: Abortable & { readonly accept?: string } = {}): Promise<unknown> {
    return this.#ask<unknown>({ method: 'GET', path, ...options })
  }

  /** All pages. Items carry no apiVersion and kind in a list; they are put back. @throws {ApiError} 410 when a page expired */
  async list<T extends KubeObject>(
    kind: ResourceKind,
    { namespace, labelSelector, fieldSelector }: Selection,
    { signal }: Abortable = {},
  ): Promise<Listed<T>> {
    const items: T[] = []
    for (let next: string | undefined; ;) {
      const path = pathOf(kind, { namespace }) + query({ limit: String(PAGE), labelSelector, fieldSelector, continue: next })
      const page = await this.#ask<{
        readonly items: readonly T[]
        readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
      }>({ method: 'GET', path, signal })
      items.push(...page.items.map((item) => ({ ...item, apiVersion: apiVersionOf(kind), kind: kind.kind })))
      next = page.metadata.continue
      if (next === undefined || next === '') return { items, resourceVersion: page.metadata.resourceVersion }
    }
  }

  /**
   * Changes after `resourceVersion`, until the server ends the watch.
   * @throws {ApiError} status 410: the version is too old, list again. {LunarError} TIMEOUT: nothing heard, not even a bookmark
   */
  async *watch<T extends KubeObject>(
    kind: ResourceKind,
    { namespace, labelSelector }: Selection,
    resourceVersion: string,
    { signal }: Abortable = {},
  ): AsyncGenerator<WatchEvent<T>> {
    const parameters = { watch: '1', allowWatchBookmarks: 'true', timeoutSeconds: String(WATCH_SECONDS), labelSelector, resourceVersion }
    const path = pathOf(kind, { namespace }) + query(parameters)
    const response = await this.#connection.stream({ method: 'GET', path, signal }, WATCH_IDLE_MS)
    try {
      for await (const line of linesOf(response)) {
        if (response.statusCode !== 200) throw apiErrorOf(response.statusCode ?? 0, line, `WATCH ${path}`)
        const event = JSON.parse(line) as WatchEvent<T> | { readonly type: 'ERROR'; readonly object: { readonly code?: number } }
        if (event.type === 'ERROR') throw apiErrorOf(event.object.code ?? 500, JSON.stringify(event.object), `WATCH ${path}`)
        yield event
      }
    } finally {
      response.destroy()
    }
  }

  /**
   * Server-side apply: fields that are given are ours and get this value, fields we gave before and give no more go, others stay.
   * @throws {ApiError}
   */
  apply<T extends KubeObject>(kind: ResourceKind, object: T, options: Abortable & { readonly subresource?: 'status' } = {}): Promise<T> {
    const { namespace, name } = object.metadata
    const path = pathOf(kind, { namespace, name, subresource: options.subresource })
    return this.#ask<T>({
      method: 'PATCH',
      path: path + query({ fieldManager: FIELD_MANAGER, force: 'true' }),
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
      signal: options.signal,
    })
  }

  /** @throws {ApiError} 409 when there is one already */
  create<T extends KubeObject>(kind: ResourceKind, object: T, { signal }: Abortable = {}): Promise<T> {
    const path = pathOf(kind, { namespace: object.metadata.namespace }) + query({ fieldManager: FIELD_MANAGER })
    return this.#ask<T>({ method: 'POST', path, body: JSON.stringify(object), signal })
  }

  /** Compare-and-swap on metadata.resourceVersion. @throws {ApiError} 409 when it has changed since */
  replace<T extends KubeObject>(kind: ResourceKind, object: T, { signal }: Abortable = {}): Promise<T> {
    const { namespace, name, resourceVersion } = object.metadata
    if (resourceVersion === undefined) throw new LunarError('BAD_CONFIG', 'replace without a resourceVersion would overwrite blindly')
    const path = pathOf(kind, { namespace, name }) + query({ fieldManager: FIELD_MANAGER })
    return this.#ask<T>({ method: 'PUT', path, body: JSON.stringify(object), signal })
  }

  /** JSON merge patch (RFC 7386); with metadata.resourceVersion in it, a compare-and-swap. @throws {ApiError} */
  merge<T extends KubeObject>(
    kind: ResourceKind,
    place: Place,
    patch: Readonly<Record<string, unknown>>,
    { signal }: Abortable = {},
  ): Promise<T> {
    const path = pathOf(kind, place) + query({ fieldManager: FIELD_MANAGER })
    return this.#ask<T>({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: JSON.stringify(patch), signal })
  }

  /** True if there was one. `uid`: only this very object. @throws {ApiError} 409 when the uid is another */
  async remove(kind: ResourceKind, place: Place, options: RemoveOptions = {}): Promise<boolean> {
    const preconditions = options.uid === undefined ? {} : { preconditions: { uid: options.uid } }
    const grace = options.graceSeconds === undefined ? {} : { gracePeriodSeconds: options.graceSeconds }
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...grace, ...preconditions })
    try {
      await this.#ask({ method: 'DELETE', path: pathOf(kind, place), body, signal: options.signal })
      return true
    } catch (error) {
      if (hasStatus(error, 404)) return false
      throw error
    }
  }

  /**
   * Deletes a pod if its disruption budget allows it. False: not now, or it is gone.
   * @throws {ApiError} 409 when the uid is another
   */
  async evict({ namespace, name }: Place, { uid, isDryRun = false, signal }: EvictOptions = {}): Promise<boolean> {
    const deleteOptions = { ...(uid !== undefined && { preconditions: { uid } }), ...(isDryRun && { dryRun: ['All'] }) }
    const body = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions })
    try {
      await this.#ask({ method: 'POST', path: pathOf(KINDS.pod, { namespace, name, subresource: 'eviction' }), body, signal })
      return true
    } catch (error) {
      if (hasStatus(error, 404, 429)) return false
      throw error
    }
  }

  async #ask<T>(call: Call): Promise<T> {
    const { status, body } = await this.#connection.send(call)
    if (status < 200 || status > 299) throw apiErrorOf(status, body, `${call.method} ${call.path}`)
    return JSON.parse(body) as T
  }
}
