/**
 * Fields that the resources share. Everything is bounded: the API server refuses a CEL rule whose cost has no limit.
 *
 * @module
 */
import { z } from 'zod'

export interface CelRule {
  readonly rule: string
  readonly message: string
}

/** CEL rules of the value itself, for `.meta()`. */
export const rules = (...list: readonly CelRule[]) => ({ 'x-kubernetes-validations': list })
/** A list whose items are told apart by these keys: server-side apply merges by them, duplicates are refused. */
export const keyedBy = (...keys: readonly string[]) => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys })
export const asSet = { 'x-kubernetes-list-type': 'set' } as const

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/

export const dnsLabel = () => z.string().min(1).max(63).regex(DNS_LABEL)
/** Bytes as Kubernetes writes them. */
export const byteQuantity = () =>
  z
    .string()
    .min(1)
    .max(20)
    .regex(/^[1-9][0-9]*(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/)
/** Of a volume, or of what is held there. Less leaves no room beside what is kept free; more is no whole number of JSON in bytes any more. */
const SIZE_FITS: CelRule = {
  rule: "quantity(self).compareTo(quantity('64Mi')) >= 0 && quantity(self).compareTo(quantity('4Pi')) <= 0",
  message: 'must be from 64Mi to 4Pi',
}
export const byteSize = (description: string) => byteQuantity().meta({ description, ...rules(SIZE_FITS) })

const dnsName = (description: string, most: number, regex: RegExp) => z.string().min(1).max(most).regex(regex).meta({ description })

/** Name of an object of Kubernetes: a DNS subdomain. */
export const objectName = (description: string) => dnsName(description, 253, /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)

/** Name of a namespace: a DNS label. */
export const namespaceName = (description: string) => dnsName(description, 63, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)

const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'
/** URL of a service, without a path: host, or IPv6 address in brackets, and port. */
export const serviceUrl = (description: string) =>
  z
    .string()
    .max(300)
    .regex(new RegExp(`^https?://([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(:${PORT})?$`))
    .meta({ description })

/** CPU or memory: an integer or text such as `500m`, `256Mi`. */
const QUANTITY = /^[0-9]+(\.[0-9]+)?([KMGTPE]i|[numkMGTPE]|[eE][0-9]+)?$/
const intOrString = z.union([z.int().min(0), z.string().max(32).regex(QUANTITY)])

const quantities = (what: string) =>
  z
    .record(
      z.string().max(63),
      intOrString.meta({
        'x-kubernetes-int-or-string': true,
        minimum: 0,
        pattern: QUANTITY.source,
        description: 'Quantity, e.g. 500m or 256Mi.',
      }),
    )
    .optional()
    .meta({ description: what, maxProperties: 8 })

export const resources = () =>
  z
    .object({
      requests: quantities('What the scheduler reserves for each pod, e.g. cpu and memory.'),
      limits: quantities('What each pod may use at most.'),
    })
    .optional()
    .meta({ description: 'Compute resources of each pod.' })

const SIZE_GROWS: CelRule = {
  rule: 'quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0',
  message: 'a volume may grow but not shrink: move the data to a new pool instead',
}
const CLASS_STAYS: CelRule = {
  rule: 'has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)',
  message: 'storageClassName is immutable: make a new pool for another storage class',
}

/** What `failureDomain` says of volumes of which each fails by itself. */
export const EACH = 'Each'

const volumeFields = (defaultSize: string) => ({
  size: byteSize('Size of the volume of each pod. May grow where the storage class allows it.').default(defaultSize),
  storageClassName: objectName('Storage class of the volumes. Unset: the default class of the cluster. Immutable.').optional(),
})

const volumeMeta = (what: string) => ({ description: what, ...rules(SIZE_GROWS, CLASS_STAYS) })

export const volume = (defaultSize: string, what: string) => z.object(volumeFields(defaultSize)).prefault({}).meta(volumeMeta(what))

/** On which shards lie. */
export const shardVolume = (defaultSize: string, what: string) =>
  z
    .object({
      ...volumeFields(defaultSize),
      failureDomain: z
        .string()
        .min(1)
        .max(253)
        .optional()
        .meta({
          description:
            'What these volumes fail together with. Unset: those that are bound to a node or zone, with that; others, with all of the same storage class. Each: every volume fails by itself, or with its node. Another name, in lower case: with all volumes of which the same is said, or whose storage class has that name. Of no meaning for the backends s3 and hdfs.',
          ...rules({
            rule: "self == 'Each' || self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
            message: 'failureDomain must be Each, or a name of lower case letters, digits, - and .',
          }),
        }),
    })
    .prefault({})
    .meta(volumeMeta(what))

export const networkReference = () =>
  dnsLabel().meta({
    description: 'Name of the LunarNetwork in the same namespace. Immutable.',
    ...rules({ rule: 'self == oldSelf', message: 'network is immutable: make a new pool in the other network' }),
  })

/** Any address, of either family. */
export const ANYWHERE: readonly string[] = ['0.0.0.0/0', '::/0']

export const addressBlock = () =>
  z
    .string()
    .min(1)
    .max(43)
    .meta({
      description: 'IPv4 or IPv6 addresses in CIDR notation.',
      ...rules({ rule: 'isCIDR(self)', message: 'must be addresses in CIDR notation, e.g. 192.0.2.0/24' }),
    })

/** How those outside of the cluster reach each pod of a pool. */
export const outsideAccess = {
  expose: z.enum(['None', 'NodePort', 'LoadBalancer']).default('None').meta({
    description:
      'How clients outside of the cluster reach each pod. None: not at all. NodePort: at the address of its node, by ports of that node. LoadBalancer: each at a load balancer of its own. Changing it restarts no pod.',
  }),
  exposeTo: z
    .array(addressBlock())
    .min(1)
    .max(32)
    .optional()
    .meta({ description: 'Where clients outside may come from. Unset: anywhere.', ...asSet }),
}

/** Where a pool goes whose shards, or whose map, lie with a server of others. */
export const serverAccess = {
  egressTo: z
    .array(addressBlock())
    .min(1)
    .max(32)
    .optional()
    .meta({
      description:
        'Where its pods may reach the bucket, HDFS or PostgreSQL that they use: of a server in this cluster the addresses of its pods. Unset: anywhere, by TCP. Of no use to a pool on volumes. Changing it restarts no pod.',
      ...asSet,
    }),
}

const outsideAddress = z.object({
  name: z.string().max(63).meta({ description: 'Name of the pod.' }),
  host: z.string().max(253).meta({ description: 'IP address or name.' }),
  controlPort: z.int().min(1).max(65_535).meta({ description: 'libp2p, TCP.', format: 'int32' }),
  dataPort: z.int().min(1).max(65_535).meta({ description: 'Data channel, TLS.', format: 'int32' }),
})
export type OutsideAddress = z.output<typeof outsideAddress>

export const outsideAddresses = () =>
  z
    .array(outsideAddress.meta({ description: 'One pod.' }))
    .max(1000)
    .optional()
    .meta({
      description: 'Where pods are reached from outside of the cluster. Those that are missing have no address yet.',
      ...keyedBy('name'),
    })

export const condition = z.object({
  type: z.string().max(316).meta({ description: 'What is stated, in CamelCase.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it is so.' }),
  reason: z.string().max(1024).meta({ description: 'Why, in one CamelCase word.' }),
  message: z.string().max(4096).meta({ description: 'Why, for a person.' }),
  lastTransitionTime: z.string().max(64).meta({ description: 'When status last changed.', format: 'date-time' }),
  observedGeneration: z.int().min(0).optional().meta({ description: 'metadata.generation that this was judged for.', format: 'int64' }),
})
export type Condition = z.infer<typeof condition>

export const conditions = () =>
  z
    .array(condition.meta({ description: 'One statement about the resource.' }))
    .max(16)
    .optional()
    .meta({ description: 'Ready, Healthy, Progressing and what explains them.', ...keyedBy('type') })

export const observedGeneration = () =>
  z.int().min(0).optional().meta({ description: 'metadata.generation that the status describes.', format: 'int64' })

export const figure = (description: string) => z.int().min(0).optional().meta({ description, format: 'int64' })
export const byteFigure = (description: string) =>
  z
    .string()
    .max(32)
    .optional()
    .meta({ description: `${description} Rounded.` })
