/**
 * With Roles in one namespace: tokens are checked against the keys that the cluster publishes to every service account, and accounts that
 * no longer exist are turned away. Failure domains are what Kubernetes writes on pods when it binds them: the node's name, and from 1.35
 * on its zone and region (PodTopologyLabels). Other labels of nodes are not known, nor what volumes lie on.
 *
 * Whoever may change pods of the namespace can change their labels; with cluster rights, nodes are asked instead.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import type { JSONWebKeySet } from 'jose'
import { z } from 'zod'
import { KINDS, type KubeClient } from '../kube/index.ts'
import type { Inquiry } from './inquiry.ts'
import { UNKNOWN_KEY, verifyToken, type TokenKeys } from './verify-token.ts'

/** A key that was taken out of use is believed for so long. */
const FRESH_MS = 10 * 60_000
/** Keys are asked for again at most this often, however many tokens name unknown ones. */
const ASK_AGAIN_MS = 10_000

const discovery = z.object({ issuer: z.string().min(1) })
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

class PublishedKeys {
  readonly #client: KubeClient
  readonly #clock: Clock
  #kept: { readonly keys: TokenKeys; readonly sinceMs: number } | undefined

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Not older than asked for. @throws {ApiError}, {ZodError} */
  async notOlderThan(ageMs: number, signal: AbortSignal | undefined): Promise<TokenKeys> {
    const nowMs = this.#clock.elapsed()
    if (this.#kept !== undefined && nowMs - this.#kept.sinceMs < ageMs) return this.#kept.keys
    const { issuer } = discovery.parse(await this.#client.read('/.well-known/openid-configuration', { signal }))
    const keys = keySet.parse(await this.#client.read('/openid/v1/jwks', { signal, accept: 'application/jwk-set+json' })) as JSONWebKeySet
    this.#kept = { keys: { issuer, keys }, sinceMs: nowMs }
    return this.#kept.keys
  }
}

export function askNamespace(client: KubeClient, clock: Clock): Inquiry {
  const published = new PublishedKeys(client, clock)
  return {
    async review(network, token, signal) {
      const verify = async (ageMs: number) => verifyToken(token, network, await published.notOlderThan(ageMs, signal), clock.now())
      const first = await verify(FRESH_MS)
      const answer = first === UNKNOWN_KEY ? await verify(ASK_AGAIN_MS) : first
      if (answer === UNKNOWN_KEY) return { refusal: 'the token is not signed by this cluster' }
      if ('refusal' in answer) return answer
      const { namespace, serviceAccount, accountUid, pod } = answer
      // the namespace is that of a network here, or the token is refused for it anyway: others cannot be read
      if (namespace !== network.split('/')[0]) return { namespace, serviceAccount, pod }
      const account = await client.get(KINDS.serviceAccount, { namespace, name: serviceAccount }, { signal })
      return account?.metadata.uid === accountUid
        ? { namespace, serviceAccount, pod }
        : { refusal: `service account ${serviceAccount} is gone` }
    },
    nodeOf: ({ metadata, spec }) => {
      const name = spec?.nodeName
      if (name === undefined) return Promise.resolve(undefined)
      const labels = Object.entries(metadata.labels ?? {}).filter(([label]) => label.startsWith('topology.kubernetes.io/'))
      return Promise.resolve({
        apiVersion: 'v1',
        kind: KINDS.node.kind,
        metadata: { name, labels: { ...Object.fromEntries(labels), 'kubernetes.io/hostname': name } },
      })
    },
    volumeOf: () => Promise.resolve(undefined),
  }
}
