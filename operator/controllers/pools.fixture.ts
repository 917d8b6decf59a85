/**
 * Pools and networks for table tests, with the defaults of their schemas.
 *
 * @module
 */
import { lunarNetworkSpec } from '../api/index.ts'
import {
  providerPool,
  trackerPool,
  verifiersOf,
  type LunarNetwork,
  type Pool,
  type PoolNetwork,
  type Provider,
  type Tracker,
  type Verifiers,
} from './pool.ts'

const resource = (kind: string, name: string, spec: unknown, status?: unknown) => ({
  apiVersion: 'lunarx.dev/v1alpha1',
  kind,
  metadata: { name, namespace: 'ns', uid: `uid-${name}`, generation: 1 },
  spec,
  ...(status === undefined ? {} : { status }),
})

export const aSpec = (changes: Readonly<Record<string, unknown>> = {}) =>
  lunarNetworkSpec.parse({ classes: [{ name: 'standard', required: 4, parity: 2 }], defaultClass: 'standard', ...changes })

export const aNetwork = (changes: Readonly<Record<string, unknown>> = {}): PoolNetwork => ({ name: 'lunar', spec: aSpec(changes) })
export const aNetworkObject = (status?: unknown): LunarNetwork => resource('LunarNetwork', 'lunar', aSpec(), status) as LunarNetwork

export const aProviderPool = (spec: Readonly<Record<string, unknown>> = {}, status?: unknown): Pool =>
  providerPool(resource('Provider', 'pool-a', { network: 'lunar', ...spec }, status) as Provider)
/** The same, being deleted. */
export const aDeletedPool = (spec: Readonly<Record<string, unknown>> = {}): Pool => {
  const owner = resource('Provider', 'pool-a', { network: 'lunar', ...spec })
  const metadata = { ...owner.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['lunarx.dev/drained'] }
  return providerPool({ ...owner, metadata } as Provider)
}
export const aTrackerPool = (spec: Readonly<Record<string, unknown>> = {}): Pool =>
  trackerPool(resource('Tracker', 'tracker', { network: 'lunar', ...spec }) as Tracker)

/** Of that tracker pool. @param spec its `verifiers`; @param trackers the rest of its spec */
export const someVerifiers = (
  spec: Readonly<Record<string, unknown>> = { replicas: 1 },
  trackers: Readonly<Record<string, unknown>> = {},
) => verifiersOf(aTrackerPool({ ...trackers, verifiers: spec })) as Verifiers
