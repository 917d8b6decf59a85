/**
 * LunarNetwork: what holds for the whole network. Pools of trackers and providers name it.
 *
 * @module
 */
import { MAX_REVOKED } from '@lunarx/core/membership'
import { z } from 'zod'
import { AGE, CAPACITY, HEALTHY, IMAGE_VERSION, READY, REASON, SHORT_NAME, USED, type ResourceDefinition } from './definition.ts'
import {
  addressBlock,
  asSet,
  byteFigure,
  byteQuantity,
  conditions,
  dnsLabel,
  figure,
  keyedBy,
  namespaceName,
  objectName,
  observedGeneration,
  rules,
  serviceUrl,
} from './fields.ts'

const whole = (min: number, max: number) => z.int().min(min).max(max)

const copy = z.object({
  pools: z
    .array(dnsLabel().meta({ description: 'Name of a Provider resource of this network.' }))
    .min(1)
    .max(16)
    .meta({
      description:
        'Pools that the copy lies on, and no other. Trackers hold none: for copies on their nodes, a pool whose volumes lie there.',
      ...asSet,
    }),
})

const erasureClass = z
  .object({
    name: dnsLabel().meta({ description: 'Name that clients ask for.' }),
    required: whole(1, 254).meta({ description: 'Shards that rebuild a segment (k).' }),
    parity: whole(1, 254).meta({ description: 'Shards that may be lost (m).' }),
    survive: whole(0, 8)
      .default(1)
      .meta({ description: 'Failure domains that may vanish at once (d): no domain holds more than parity / survive shards of a set.' }),
    zones: z.enum(['Spread', 'Bind']).optional().meta({
      description:
        'What zones (topology.kubernetes.io/zone of nodes) are to shards. Spread: all zones hold equally many of a set, as far as failure domains and room allow it. Bind: no zone holds more than parity / survive of them either, so that as many zones may vanish; with too few zones nothing is stored. Rows are kept apart by failureDomainKey alone. Unset: Spread.',
    }),
    inlineBytes: whole(0, 1_048_576).default(65_536).meta({ description: 'Objects up to this size are kept inside their row. Bytes.' }),
    versions: whole(1, 100).default(1).meta({ description: 'Versions of an object that are kept.' }),
    copies: z
      .array(copy.meta({ description: 'One copy.' }))
      .min(1)
      .max(3)
      .optional()
      .meta({
        description:
          'Backup copies of every set, each under keys and addresses of its own, so that only its owner knows what it is a copy of. The first set keeps off their pools. Objects inside their row have none. Unset: none.',
      }),
  })
  .meta({
    description: 'An erasure class.',
    ...rules(
      { rule: 'self.required + self.parity <= 255', message: 'required + parity must be at most 255' },
      { rule: 'self.survive <= self.parity', message: 'survive must be at most parity: each lost domain costs at least one shard' },
      {
        rule: '!has(self.copies) || self.copies.all(c, c.pools.all(p, self.copies.filter(d, p in d.pools).size() == 1))',
        message: 'a pool can be named by one copy only: copies on one pool would be lost together',
      },
      {
        rule: '!has(self.copies) || (self.required + self.parity) * self.versions * (1 + self.copies.size()) <= 24000',
        message: 'a row must have room for what names the shards of all versions and copies: fewer versions, copies or shards',
      },
    ),
  })

const detection = z
  .object({
    heartbeatSeconds: whole(1, 300).default(5).meta({ description: 'Time between two heartbeats of a provider. Seconds.' }),
    suspectSeconds: whole(2, 3600).default(15).meta({ description: 'Silence after which a provider is suspect. Seconds.' }),
    lostSeconds: whole(3, 86_400).default(60).meta({ description: 'Silence after which a provider is lost. Seconds.' }),
  })
  .prefault({})
  .meta({
    description: 'How fast a provider that went away is noticed.',
    ...rules(
      {
        rule: 'self.suspectSeconds >= 2 * self.heartbeatSeconds',
        message: 'suspectSeconds must be at least twice heartbeatSeconds: one heartbeat may come late or not at all',
      },
      {
        rule: 'self.lostSeconds >= self.suspectSeconds + self.heartbeatSeconds',
        message: 'lostSeconds must be at least suspectSeconds and heartbeatSeconds together: one more heartbeat is waited for',
      },
    ),
  })

const objective = z
  .object({
    share: z
      .string()
      .max(7)
      .regex(/^[5-9][0-9](\.[0-9]{1,3})?%$/)
      .default('99.9%')
      .meta({ description: 'Share of the sets that are not late, on the mean of the window: 50% to 99.999%, e.g. 99.9%.' }),
    withinSeconds: whole(1, 2_592_000).optional().meta({
      description:
        'How long sets may miss shards before those that do are late. More than rebuildAfterSeconds. Unset: an hour more than that. Seconds.',
    }),
    windowDays: whole(1, 90).default(30).meta({ description: 'The last days of UTC over which the mean is taken.' }),
  })
  .prefault({})
  .meta({
    description:
      'What repair is to keep. (100% - share) of the window is the error budget; status.repair.errorBudget says what is left of it. Changes nothing that trackers do.',
  })

const repair = z
  .object({
    rebuildAfterSeconds: whole(0, 604_800).default(900).meta({
      description:
        'How long sets that still have spare shards wait for a silent provider to return. Certain losses and sets without spare are repaired at once. Seconds.',
    }),
    bytesPerSecond: whole(1, 1_000_000_000_000).default(52_428_800).meta({
      description:
        'Bytes per second that each tracker may spend on sets with spare shards; sets without spare are not held back. A quarter of it may go into evening out, while there is nothing to repair.',
      format: 'int64',
    }),
    objective,
    annualLossPercent: whole(1, 100).default(4).meta({
      description:
        'Of a hundred providers, how many are expected to lose in a year what they hold. An assumption that nothing measures: status.repair.estimatedNines is reckoned from it.',
    }),
  })
  .prefault({})
  .meta({
    description: 'What repair may cost, and what it is to keep.',
    ...rules({
      rule: '!has(self.objective) || !has(self.objective.withinSeconds) || self.objective.withinSeconds > self.rebuildAfterSeconds',
      message: 'objective.withinSeconds must be more than rebuildAfterSeconds: silent providers are waited for that long',
    }),
  })

const audit = z
  .object({
    enabled: z.boolean().default(false).meta({ description: 'Whether providers are asked to prove that they have what they say to hold.' }),
    lostPerMille: whole(1, 500).default(10).meta({
      description: 'Silent loss that is found: thousandths of what a provider holds.',
    }),
    foundPercent: whole(50, 99).default(99).meta({ description: 'Probability with which it is found. Percent.' }),
    withinHours: whole(1, 720).default(24).meta({
      description: 'Time within which it is found. With the defaults every provider is asked for 460 leaves of 16 KiB a day.',
    }),
  })
  .prefault({})
  .meta({ description: 'What audits promise to find; how often they ask follows from it.' })

const directory = z
  .object({
    enabled: z.boolean().default(false).meta({
      description:
        'Whether trackers and providers keep a distributed hash table, by which clients find peers and the shards of the newest sets while no tracker answers.',
    }),
    announcementsPerHour: whole(0, 3_600).default(60).meta({
      description: 'Sets that each provider announces in it at most, the newest first. 0: peers and trackers are found by it, and no sets.',
    }),
  })
  .prefault({})
  .meta({ description: 'What peers find each other by while trackers are away.' })

const lostNode = z
  .object({
    policy: z.enum(['Replace', 'Wait']).default('Replace').meta({
      description:
        'Replace: pods whose volumes lie on a node that is gone start elsewhere on empty volumes, and their old volumes are given up. Wait: they wait for the node.',
    }),
    afterSeconds: whole(0, 604_800).default(1_800).meta({
      description:
        'How long a node that does not answer is waited for; one whose Node is deleted or tainted node.kubernetes.io/out-of-service is not. Shards are rebuilt before, by what repair says. Seconds.',
    }),
  })
  .prefault({})
  .meta({
    description:
      'What becomes of pods whose node is gone. Nothing is given up while a set has no spare shard, unless the Node was deleted, and never while one is lost.',
  })

const tracing = z
  .object({
    endpoint: serviceUrl(
      'Where a collector takes OTLP over HTTP, without path, e.g. http://collector.monitoring:4318. Spans go to /v1/traces there.',
    ),
    namespace: namespaceName(
      'Namespace of its pods: NetworkPolicies let trackers and providers out to it, on the port of the endpoint, which must be that of the pods.',
    ),
  })
  .optional()
  .meta({
    description:
      'Where trackers and providers send their part of the traces that clients ask them to join. Pods are replaced when it changes. Unset: nothing is traced.',
  })

const ratio = (description: string) => z.string().max(16).optional().meta({ description })

const quota = z
  .object({
    storage: byteQuantity().meta({
      description:
        'Bytes that shards may take on all providers together, parity and backup copies among them. Beyond it nothing new is taken; repairs go on, and so does all that is stored.',
    }),
  })
  .optional()
  .meta({
    description: 'What the network may take, whatever room its providers have. Nobody is restarted when it changes. Unset: all there is.',
  })

const client = z.object({
  serviceAccount: objectName('Name of a service account in the namespace of the network.'),
})

const verifier = z.object({
  serviceAccount: objectName(
    'Name of a service account in the namespace of the network. Whoever shows a token of it is one failure domain, however many they are.',
  ),
  addresses: z
    .array(addressBlock())
    .min(1)
    .max(8)
    .optional()
    .meta({
      description:
        'Where it is reached, in CIDR notation: the network policy of trackers lets them dial it there, at port 4002. Unset: pods of this namespace whose label lunarx.dev/verifier is the name of the network.',
      ...asSet,
    }),
})

const revoked = z.object({
  peer: z
    .string()
    .max(64)
    .regex(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/)
    .meta({ description: 'Id of the peer: of a provider in status.members of its pool, of a client in the log of the operator.' }),
  reason: z.string().max(256).optional().meta({ description: 'For those who read this later.' }),
})

export const lunarNetworkSpec = z
  .object({
    classes: z
      .array(erasureClass)
      .min(1)
      .max(16)
      .meta({ description: 'Erasure classes that clients may store under.', ...keyedBy('name') }),
    defaultClass: dnsLabel().meta({ description: 'Class of objects that name none.' }),
    failureDomainKey: z
      .string()
      .min(1)
      .max(253)
      .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/)
      .default('kubernetes.io/hostname')
      .meta({
        description: 'Node label whose values are the failure domains. Immutable.',
        ...rules({ rule: 'self == oldSelf', message: 'failureDomainKey is immutable: all that is placed was placed by it' }),
      }),
    survive: whole(0, 8).optional().meta({
      description:
        'Failure domains that may vanish at once without the loss of a row (names, manifests, small objects). Unset: the largest survive of the classes.',
    }),
    detection,
    repair,
    audit,
    directory,
    lostNode,
    quota,
    tracing,
    image: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[A-Za-z0-9][^\s]*$/)
      .optional()
      .meta({
        description:
          'Image of trackers and providers. Unset: what runs goes on with the image it has, new pools start with the one the operator was installed with.',
      }),
    imagePullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default('IfNotPresent')
      .meta({ description: 'When nodes pull the image.' }),
    deletionPolicy: z.enum(['Retain', 'Delete']).default('Retain').meta({
      description:
        'What becomes of the volumes and of the key of the network when it is deleted. Retain: both stay. Delete: both are deleted.',
    }),
    clients: z
      .array(client.meta({ description: 'One service account.' }))
      .max(256)
      .default([])
      .meta({ description: 'Service accounts whose pods may join the network as clients.', ...keyedBy('serviceAccount') }),
    verifiers: z
      .array(verifier.meta({ description: 'One service account.' }))
      .max(64)
      .default([])
      .meta({
        description:
          'Service accounts that may join the network as outside verifiers (docs/AUDITS.md): they ask providers what trackers draw for them, and judge again. One that is among the clients too is a verifier.',
        ...keyedBy('serviceAccount'),
      }),
    revoked: z
      .array(revoked.meta({ description: 'One peer.' }))
      .max(MAX_REVOKED)
      .default([])
      .meta({
        description:
          'Peers that are put out before their credentials have run out: nobody answers them, and no new credential is issued to them. Pods notice within two minutes and are not restarted. Providers among them count as lost.',
        ...keyedBy('peer'),
      }),
  })
  .meta({
    description: 'What is wanted.',
    ...rules(
      { rule: 'self.classes.exists(c, c.name == self.defaultClass)', message: 'defaultClass must be the name of one of the classes' },
      {
        rule: '!has(self.survive) || self.classes.all(c, c.survive <= self.survive)',
        message: 'survive must be at least the largest survive of the classes',
      },
    ),
  })
export type LunarNetworkSpec = z.output<typeof lunarNetworkSpec>

const errorBudget = z
  .object({
    totalSeconds: figure('(100% - share) of the window. In seconds of all sets being late; half of the sets for two seconds are one.'),
    leftPercent: figure('Part of it that is left. Percent. 0: less than one, or none.'),
    burnRate: ratio('How much faster than the objective allows it is being spent now; 1: it lasts for the window. Unset: nothing is late.'),
    degradedSince: z
      .string()
      .max(64)
      .optional()
      .meta({ description: 'Since when sets have missed shards without interruption. Unset: none does.', format: 'date-time' }),
    spent: z
      .array(
        z
          .object({
            day: z.string().max(10).meta({ description: 'Day of UTC.', format: 'date' }),
            seconds: z.int().min(1).meta({ description: 'Seconds of all sets being late.', format: 'int64' }),
          })
          .meta({ description: 'One day.' }),
      )
      .max(90)
      .optional()
      .meta({ description: 'What was spent of it, by days of the window; days without are left out.', ...keyedBy('day') }),
  })
  .optional()
  .meta({ description: 'How repair.objective is kept. Time in which the operator or all trackers were away counts as neither.' })

export const lunarNetworkStatus = z.object({
  observedGeneration: observedGeneration(),
  conditions: conditions(),
  networkKey: z.string().max(64).optional().meta({ description: 'Public key of the network, Ed25519, hexadecimal.' }),
  clientConfig: z.string().max(253).optional().meta({ description: 'ConfigMap with what a client must know of the network.' }),
  epoch: figure('Number of the newest epoch, which says where rows live.'),
  capacity: byteFigure('Room for shards in all: of the providers that are alive, or the quota if that is less.'),
  used: byteFigure('Taken by shards.'),
  version: z
    .string()
    .max(128)
    .optional()
    .meta({ description: 'Tag of the image that trackers and providers run; several are joined by a comma.' }),
  providers: z
    .object({
      desired: figure('Pods asked for.'),
      alive: figure('Providers that send heartbeats.'),
      suspect: figure('Providers that have been silent for a short while.'),
      lost: figure('Providers that have been silent for long and whose shards are still needed.'),
    })
    .optional()
    .meta({ description: 'Providers by state.' }),
  trackers: z
    .object({ desired: figure('Pods asked for.'), reachable: figure('Trackers that answer.') })
    .optional()
    .meta({ description: 'Trackers by state.' }),
  sets: z
    .object({
      total: figure('Erasure sets in all. Rounded.'),
      degraded: figure('Sets that miss shards. Rounded.'),
      critical: figure('Sets without a spare shard. Rounded.'),
      lost: figure('Sets of which too few shards are left.'),
      byMargin: z
        .record(z.string().max(8), z.int().min(0))
        .optional()
        .meta({ description: 'Spare shards → sets. Rounded.', maxProperties: 256 }),
    })
    .optional()
    .meta({ description: 'Erasure sets by what they can still lose.' }),
  overhead: z
    .object({
      code: ratio('Of the default class: (required + parity) / required.'),
      stores: ratio('Of the backing stores of the pools, weighted by their room: what they state; volumes are 1.'),
      effective: ratio('code × stores: bytes on disks per byte stored.'),
      unstated: z
        .array(z.string().max(63))
        .max(64)
        .optional()
        .meta({ description: 'Pools that do not state what their backend adds: they are counted as 1, so that effective is too low.' }),
    })
    .optional()
    .meta({ description: 'Bytes on disks per byte stored.' }),
  repair: z
    .object({
      backlogShards: figure('Shards still to be rebuilt. Rounded.'),
      backlog: byteFigure('Bytes still to be rebuilt.'),
      etaSeconds: figure('When the backlog will be done at the measured rate. Rounded. Unset: nothing to do, or nothing measured yet.'),
      rebuiltPerSecond: byteFigure(
        'Bytes of shards that were rebuilt in a second with work at hand, as last measured: of the middle one of the trackers, times the trackers. Unset: nothing was measured yet.',
      ),
      estimatedNines: figure(
        'n: of 10^n sets of the class that comes out worst, one is lost in a year. The most that can be hoped for: single providers are lost, each by itself, annualLossPercent of them in a year, and repair is as fast as it was measured. Unset: nothing was measured yet.',
      ),
      errorBudget,
    })
    .optional()
    .meta({ description: 'Repair under way, and how well it keeps its objective.' }),
  audit: z
    .object({
      providers: figure('Providers that are audited.'),
      coveredPercent: figure(
        'Of the leaves that keep the promise, those that the provider with the fewest proved within its time. Percent; 90 and more count as 100, for chance.',
      ),
      sweptPercent: figure('Part of the present round of watermarks that was asked, of the tracker that is the furthest behind. Percent.'),
      contained: figure('Shards whose silence is being looked into. Rounded.'),
      missing: figure('Shards that count as missing for their silence. Rounded.'),
      proved: figure('Leaves that were proved since the trackers started. Rounded.'),
      disproved: figure('Leaves that were answered wrongly, under a signature. Rounded.'),
      lost: figure('Leaves whose loss was admitted. Rounded.'),
      silent: figure('Leaves for which no answer came. Rounded.'),
      verifiers: figure('Verifiers that trackers know, those of the operator and others. Unset: none.'),
      verifiersSilent: figure('Those of them that no tracker has heard of lately.'),
      convictions: figure('Tickets of the sweep that were convicted: a tracker or an owner was wrong. Unset: none.'),
    })
    .optional()
    .meta({ description: 'What audits have found. Unset: nothing is audited. Per provider: status.members of its pool.' }),
  transcripts: z
    .array(
      z
        .object({
          id: z.string().max(64).meta({ description: 'Names it at the trackers.' }),
          peer: z.string().max(64).meta({ description: 'The provider that was asked.' }),
          verdict: z.enum(['proved', 'disproved', 'lost', 'silent']).meta({ description: 'Verdict.' }),
          time: z.string().max(64).meta({ description: 'When it was kept.', format: 'date-time' }),
        })
        .meta({ description: 'One audit.' }),
    )
    .max(10)
    .optional()
    .meta({ description: "Newest audits to somebody's harm.", ...keyedBy('id') }),
})
export type LunarNetworkStatus = z.output<typeof lunarNetworkStatus>

export const LUNAR_NETWORK: ResourceDefinition = {
  kind: 'LunarNetwork',
  singular: 'lunarnetwork',
  plural: 'lunarnetworks',
  shortName: 'lnet',
  description: 'A storage network: its erasure classes, detection, repair and who may use it. Trackers and Providers join it by name.',
  spec: lunarNetworkSpec,
  status: lunarNetworkStatus,
  rules: [SHORT_NAME],
  columns: [
    READY,
    HEALTHY,
    CAPACITY,
    USED,
    { name: 'Sets', type: 'integer', jsonPath: '.status.sets.total', description: 'Erasure sets in all.', priority: 1 },
    { name: 'Degraded', type: 'integer', jsonPath: '.status.sets.degraded', description: 'Sets that miss shards.', priority: 1 },
    { name: 'Backlog', type: 'string', jsonPath: '.status.repair.backlog', description: 'Bytes still to be rebuilt.', priority: 1 },
    {
      name: 'Overhead',
      type: 'string',
      jsonPath: '.status.overhead.effective',
      description: 'Bytes on disks per byte stored.',
      priority: 1,
    },
    { name: 'Epoch', type: 'integer', jsonPath: '.status.epoch', description: 'Number of the newest epoch.', priority: 1 },
    REASON,
    IMAGE_VERSION,
    AGE,
  ],
  scales: false,
}
