/**
 * What the issuer asks of the cluster about a token and its pod. How it is asked depends on the rights that the operator has.
 *
 * @module
 */
import type { PersistentVolume } from '../controllers/index.ts'
import type { KubeObject } from '../kube/index.ts'
import type { Bearer, PodSight, Refusal } from './judge.ts'

export interface Inquiry {
  /** Who a token speaks for. */
  review(network: string, token: string, signal: AbortSignal | undefined): Promise<Bearer | Refusal>
  /** Where a pod runs: an object with the labels of its node, as far as they are known. Undefined: nobody knows. */
  nodeOf(pod: NonNullable<PodSight['pod']>, signal: AbortSignal | undefined): Promise<KubeObject | undefined>
  /** A PersistentVolume by its name. Undefined: there is none, or it may not be read. */
  volumeOf(name: string, signal: AbortSignal | undefined): Promise<PersistentVolume | undefined>
}
