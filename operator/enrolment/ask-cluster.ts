/**
 * With cluster rights: the API server reviews tokens, and failure domains are the labels of nodes.
 *
 * @module
 */
import type { PersistentVolume } from '../controllers/index.ts'
import { apiVersionOf, hasStatus, KINDS, type KubeClient } from '../kube/index.ts'
import type { Inquiry } from './inquiry.ts'
import { audiencesOf, bearerOf, type TokenReview } from './judge.ts'

export function askCluster(client: KubeClient): Inquiry {
  return {
    async review(network, token, signal) {
      const question = {
        apiVersion: apiVersionOf(KINDS.tokenReview),
        kind: KINDS.tokenReview.kind,
        metadata: { name: '' },
        spec: { token, audiences: audiencesOf(network) },
      }
      return bearerOf(await client.create<TokenReview>(KINDS.tokenReview, question, { signal }), network)
    },
    async nodeOf(pod, signal) {
      const name = pod.spec?.nodeName
      return name === undefined ? undefined : await client.get(KINDS.node, { name }, { signal })
    },
    async volumeOf(name, signal) {
      try {
        return await client.get<PersistentVolume>(KINDS.persistentVolume, { name }, { signal })
      } catch (error) {
        if (hasStatus(error, 403)) return undefined // nobody is kept out for it
        throw error
      }
    },
  }
}
