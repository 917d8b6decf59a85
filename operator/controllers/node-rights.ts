/**
 * Whether the operator may look after nodes that are gone. Of Roles alone it may not (docs/INSTALL.md): nodes and volumes have no namespace.
 * Asked for seldom, and whether or not a pod waits for a node: a person should know it before one does.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import { apiVersionOf, hasStatus, KINDS, type KubeClient, type KubeObject } from '../kube/index.ts'

interface AccessReview extends KubeObject {
  readonly status?: { readonly allowed: boolean }
}

const FRESH_MS = 60_000
const NEEDED = [
  { verb: 'list', resource: 'nodes' },
  { verb: 'get', resource: 'persistentvolumes' },
] as const

export class NodeRights {
  readonly #client: KubeClient
  readonly #clock: Clock
  #seen: { readonly missing: readonly string[]; readonly sinceMs: number } | undefined

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Those that are missing, e.g. `list nodes`; none where nobody says what is allowed. @throws {ApiError} */
  async missing(signal: AbortSignal): Promise<readonly string[]> {
    const nowMs = this.#clock.elapsed()
    if (this.#seen !== undefined && nowMs - this.#seen.sinceMs < FRESH_MS) return this.#seen.missing
    const missing: string[] = []
    for (const { verb, resource } of NEEDED) if (!(await this.#may(verb, resource, signal))) missing.push(`${verb} ${resource}`)
    this.#seen = { missing, sinceMs: nowMs }
    return missing
  }

  async #may(verb: string, resource: string, signal: AbortSignal): Promise<boolean> {
    const kind = KINDS.selfSubjectAccessReview
    const question = {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: { name: '' },
      spec: { resourceAttributes: { verb, resource } },
    }
    try {
      return (await this.#client.create<AccessReview>(kind, question, { signal })).status?.allowed ?? true
    } catch (error) {
      if (hasStatus(error, 403)) return true // it is seen when it is tried
      throw error
    }
  }
}
