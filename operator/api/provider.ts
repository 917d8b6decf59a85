/**
 * Provider: a pool of pods that hold shards and rows, each on a volume of its own, or shards in a backend that all of them use.
 *
 * @module
 */
import { z } from 'zod'
import { backend } from './backend.ts'
import { AGE, CAPACITY, HEALTHY, IMAGE_VERSION, READY, REASON, SHORT_NAME, USED, type ResourceDefinition } from './definition.ts'
import {
  asSet,
  byteFigure,
  byteSize,
  figure,
  keyedBy,
  networkReference,
  outsideAccess,
  resources,
  rules,
  serverAccess,
  shardVolume,
} from './fields.ts'
import { poolStatus } from './tracker.ts'

export const providerSpec = z
  .object({
    network: networkReference(),
    replicas: z.int().min(1).max(1000).default(3).meta({ description: 'Pods wanted.', format: 'int32' }),
    capacity: byteSize(
      'Bytes of shards that each pod holds at most. Unset: the size of the volume less 5 %, at least 64 MiB, for indexes and records. Required for the backends s3 and hdfs.',
    ).optional(),
    services: z
      .array(z.enum(['storage', 'index']))
      .min(1)
      .max(2)
      .default(['storage', 'index'])
      .meta({
        description: 'storage: holds shards; index: hosts rows. May be added to, not taken from.',
        ...asSet,
        ...rules({
          rule: 'oldSelf.all(service, service in self)',
          message: 'services cannot be taken away, because shards or rows lie there: make a new pool and delete this one, which drains it',
        }),
      }),
    backend,
    volume: shardVolume(
      '10Gi',
      'Volume of each pod, for shards, rows and the identity of the provider. With the backends s3 and hdfs for rows, the index of shards and unfinished uploads only (docs/INSTALL.md says how much that is).',
    ),
    resources: resources(),
    ...outsideAccess,
    ...serverAccess,
  })
  .meta({
    description: 'What is wanted.',
    ...rules(
      {
        rule: '!has(self.backend.volume) || !has(self.capacity) || quantity(self.capacity).compareTo(quantity(self.volume.size)) <= 0',
        message: 'capacity must be at most volume.size',
      },
      {
        rule: 'has(self.backend.volume) || has(self.capacity)',
        message: 'capacity must be given for the backends s3 and hdfs: nobody knows the size of a bucket',
      },
    ),
  })
export type ProviderSpec = z.output<typeof providerSpec>

/** What came of asking for leaves. */
const verdict = (description: string) => z.int().min(0).meta({ description, format: 'int64' })

const memberAudit = z.object({
  standing: z
    .enum(['vetting', 'trusted', 'suspended', 'expelled', 'maintenance'])
    .meta({ description: 'What the tracker that trusts it least says.' }),
  reason: z.string().max(200).optional().meta({ description: 'Of the standing.' }),
  coverage: z.enum(['None', 'Partial', 'Full']).meta({
    description:
      'Leaves that it proved within the time that the network promises: Full where these are as many as the promise asks for, chance aside.',
  }),
  disproved: figure('Leaves that it answered wrongly, under its signature, since the trackers started. Rounded.'),
  lost: figure('Leaves that it said it has lost, since the trackers started. Rounded.'),
  order: z
    .object({
      id: z.string().max(32).meta({ description: 'Of the order.' }),
      proved: verdict('Leaves that it proved.'),
      disproved: verdict('Leaves that it answered wrongly.'),
      lost: verdict('Leaves that it said it has lost.'),
      silent: verdict('Leaves for which no answer came.'),
      time: z.string().max(64).meta({ description: 'When this was seen to be over.', format: 'date-time' }),
    })
    .optional()
    .meta({ description: 'Outcome of the newest audit on order (kubectl lunarx audit POD --now).' }),
})

const member = z.object({
  name: z.string().max(63).meta({ description: 'Name of the pod.' }),
  peer: z.string().max(64).meta({ description: 'Peer id that was made on the volume of the pod.' }),
  claim: z
    .string()
    .max(64)
    .meta({ description: 'UID of the volume claim. Another UID, or none, under this name: the volume and all on it are gone.' }),
  audit: memberAudit.optional().meta({ description: 'What audits have found of it. Unset: the network is not audited.' }),
})

export const providerStatus = z.object({
  ...poolStatus,
  capacity: byteFigure('Room for shards in all.'),
  used: byteFigure('Taken by shards.'),
  members: z
    .array(member.meta({ description: 'One pod.' }))
    .max(1000)
    .optional()
    .meta({ description: 'Which peer lives on which volume.', ...keyedBy('name') }),
})
export type ProviderStatus = z.output<typeof providerStatus>

export const PROVIDER: ResourceDefinition = {
  kind: 'Provider',
  singular: 'provider',
  plural: 'providers',
  shortName: 'lprv',
  description: 'A pool of pods that hold shards of encrypted data, and rows, on volumes of their own, in a bucket or in HDFS.',
  spec: providerSpec,
  status: providerStatus,
  rules: [SHORT_NAME],
  columns: [
    { name: 'Network', type: 'string', jsonPath: '.spec.network', description: 'Network that it belongs to.' },
    READY,
    HEALTHY,
    CAPACITY,
    USED,
    { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas', description: 'Pods wanted.' },
    { name: 'Running', type: 'integer', jsonPath: '.status.readyReplicas', description: 'Pods that are ready.' },
    REASON,
    IMAGE_VERSION,
    AGE,
  ],
  scales: true,
}
