/**
 * What the volume of a provider fails together with, beside its node. Pure.
 *
 * A volume that is bound to a node, or to a zone as block storage of clouds is, fails with that: zones and nodes are domains of their own.
 * Any other lies on a server that many nodes reach, of which Kubernetes knows no more than the class of the volume.
 *
 * @module
 */
import type { ProviderSpec } from '../api/index.ts'
import { EACH } from '../api/index.ts'
import type { PersistentVolume } from '../controllers/index.ts'

/** Volumes that somebody made by hand, without a class: nobody says what they lie on, so that all of them count as one. */
const WITHOUT_CLASS = '-'

function isBoundToPlace({ spec: { nodeAffinity, hostPath, local } }: PersistentVolume): boolean {
  return hostPath !== undefined || local !== undefined || (nodeAffinity?.required?.nodeSelectorTerms ?? []).length > 0
}

/**
 * @param volume undefined: it may not be read, or is not there
 * @returns name of the store; undefined: it shares none, as far as anybody says
 */
export function sharedStoreOf(
  { backend, volume: asked }: Pick<ProviderSpec, 'backend' | 'volume'>,
  volume: PersistentVolume | undefined,
): string | undefined {
  if (backend.volume === undefined || asked.failureDomain === EACH) return undefined
  if (asked.failureDomain !== undefined) return asked.failureDomain
  if (volume === undefined || isBoundToPlace(volume)) return undefined
  const { storageClassName = '' } = volume.spec
  return storageClassName === '' ? WITHOUT_CLASS : storageClassName
}
