/**
 * Tracker: a set of pods that place, watch and repair what providers hold. What they keep is a cache: losing it loses nothing.
 *
 * @module
 */
import { z } from 'zod'
import { AGE, HEALTHY, IMAGE_VERSION, READY, REASON, SHORT_NAME, type ResourceDefinition } from './definition.ts'
import { trackerStore } from './tracker-store.ts'
import {
  conditions,
  figure,
  networkReference,
  observedGeneration,
  outsideAccess,
  outsideAddresses,
  resources,
  serverAccess,
  volume,
} from './fields.ts'

/** Of one Tracker. A tracker remembers 64 verifiers in all, those of others among them. */
const MAX_VERIFIERS = 16

const verifiers = z
  .object({
    replicas: z
      .int()
      .min(0)
      .max(MAX_VERIFIERS)
      .default(0)
      .meta({
        description: `Pods wanted, ${MAX_VERIFIERS} at most. Trackers remember four of one failure domain. 0: none, and the keys of those that were are deleted.`,
        format: 'int32',
      }),
    resources: resources(),
  })
  .prefault({})
  .meta({
    description:
      'Pods that ask providers what trackers draw for them, and judge again what others were answered (docs/AUDITS.md). They hold nothing but a key each, on a small volume of the storage class of the trackers. Of use where spec.audit.enabled of the network says so.',
  })

export const trackerSpec = z
  .object({
    network: networkReference(),
    replicas: z.int().min(1).max(33).default(3).meta({
      description: 'Pods wanted. An odd number: decisions need a majority. At least 2 · survive + 1 of the network, or none is removed.',
      format: 'int32',
    }),
    volume: volume(
      '1Gi',
      'Volume of each pod, for the identity of the tracker and, with the embedded store, the map of sets (docs/TRACKER.md says how much that is).',
    ),
    store: trackerStore,
    resources: resources(),
    verifiers,
    ...outsideAccess,
    ...serverAccess,
  })
  .meta({ description: 'What is wanted.' })
export type TrackerSpec = z.output<typeof trackerSpec>

export const poolStatus = {
  observedGeneration: observedGeneration(),
  conditions: conditions(),
  replicas: figure('Pods that exist.'),
  readyReplicas: figure('Pods that are ready.'),
  selector: z.string().max(512).optional().meta({ description: 'Label selector of the pods, for kubectl scale and autoscalers.' }),
  outside: outsideAddresses(),
  version: z.string().max(128).optional().meta({ description: 'Tag of the image that runs.' }),
}

export const trackerStatus = z.object({
  ...poolStatus,
  verifiers: z
    .object({ replicas: figure('Pods that exist.'), ready: figure('Pods that have announced themselves to a tracker.') })
    .optional()
    .meta({ description: 'Its verifiers. Unset: none are wanted, and none are there.' }),
})
export type TrackerStatus = z.output<typeof trackerStatus>

export const TRACKER: ResourceDefinition = {
  kind: 'Tracker',
  singular: 'tracker',
  plural: 'trackers',
  shortName: 'ltrk',
  description: 'Pods that place shards on providers, watch them and repair what is lost.',
  spec: trackerSpec,
  status: trackerStatus,
  rules: [SHORT_NAME],
  columns: [
    { name: 'Network', type: 'string', jsonPath: '.spec.network', description: 'Network that it belongs to.' },
    READY,
    HEALTHY,
    { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas', description: 'Pods wanted.' },
    { name: 'Running', type: 'integer', jsonPath: '.status.readyReplicas', description: 'Pods that are ready.' },
    REASON,
    IMAGE_VERSION,
    AGE,
  ],
  scales: true,
}
