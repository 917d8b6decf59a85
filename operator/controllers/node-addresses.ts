/**
 * Addresses of nodes outside of the cluster, as far as they state any. Asked for seldom, and only where pods are reached through nodes.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import { hasStatus, KINDS, type KubeClient, type KubeObject } from '../kube/index.ts'

interface Node extends KubeObject {
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] }
}

const FRESH_MS = 60_000

export class NodeAddresses {
  readonly #client: KubeClient
  readonly #clock: Clock
  #seen: { readonly addresses: ReadonlyMap<string, string>; readonly sinceMs: number } | undefined

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Node → its ExternalIP. Nothing where the operator may not read nodes: they are then reached where pods say they are. @throws {ApiError} */
  async read(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const nowMs = this.#clock.elapsed()
    if (this.#seen !== undefined && nowMs - this.#seen.sinceMs < FRESH_MS) return this.#seen.addresses
    const addresses = new Map<string, string>()
    try {
      for (const { metadata, status } of (await this.#client.list<Node>(KINDS.node, {}, { signal })).items) {
        const outside = status?.addresses?.find(({ type }) => type === 'ExternalIP')
        if (outside !== undefined) addresses.set(metadata.name, outside.address)
      }
    } catch (error) {
      if (!hasStatus(error, 403)) throw error
    }
    this.#seen = { addresses, sinceMs: nowMs }
    return addresses
  }
}
