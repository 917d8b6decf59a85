/**
 * Where a pool keeps its shards: on its volumes, in a bucket, in HDFS.
 *
 * The place is fixed once it is chosen, since shards lie there; how it is reached and with which credentials may change. Secrets are
 * named, never read here: the kubelet puts them into the pods.
 *
 * @module
 */
import { z } from 'zod'
import { objectName, rules, serviceUrl } from './fields.ts'
import { authority, keyName, ONE_AUTHORITY } from './references.ts'

const prefix = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}(\/[a-z0-9][a-z0-9._-]{0,99}){0,3}$/)
  .optional()
  .meta({
    description:
      'Folder of the pool, without / at its ends; each pod has one of its own in it, named after the pod. Unset: NAMESPACE/NETWORK. Immutable.',
  })

const overhead = z
  .string()
  .max(5)
  .regex(/^[1-9][0-9]?(\.[0-9]{1,2})?$/)

/** Of an endpoint, in CEL: `url()` would do, but its cost has no bound there. */
const hostIn = (object: 'self' | 'oldSelf'): string => `${object}.endpoint.find('//([^:/[]+|[[][^]]*[]])')`

const s3 = z
  .object({
    endpoint: serviceUrl('URL of the service without bucket or path, e.g. https://s3.example.com:9000. Its host is immutable.'),
    bucket: z
      .string()
      .max(63)
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .meta({ description: 'Bucket. It must exist; it is never created. Immutable.' }),
    prefix,
    region: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z0-9][-A-Za-z0-9_]*$/)
      .default('us-east-1')
      .meta({ description: 'What requests are signed for; it is never looked up.' }),
    pathStyle: z.boolean().default(true).meta({ description: 'true: https://endpoint/bucket/…; false: https://bucket.endpoint/….' }),
    credentialsSecret: z.object({ name: objectName('Name of a Secret in the namespace of the pool.') }).meta({
      description:
        'Secret with the keys accessKey, secretKey and, for temporary credentials, sessionToken. Pods see a changed Secret within two minutes, without a restart.',
    }),
    ...authority,
    overhead: overhead.optional().meta({
      description:
        'Bytes that the service writes to disks per byte that it is given, e.g. "1.4" for an erasure code of 10+4. Only shown in the status of the network.',
    }),
  })
  .meta({
    description: 'One object per shard in a bucket of a service that speaks S3.',
    ...rules(ONE_AUTHORITY, {
      rule: `${hostIn('self')} == ${hostIn('oldSelf')} && self.bucket == oldSelf.bucket && has(self.prefix) == has(oldSelf.prefix) && (!has(self.prefix) || self.prefix == oldSelf.prefix)`,
      message: 'the host of endpoint, bucket and prefix are immutable, because shards lie there: make a new pool for another place',
    }),
  })

const hdfs = z
  .object({
    urls: z
      .array(serviceUrl('URL of one name node, without path, e.g. http://namenode:9870.'))
      .min(1)
      .max(8)
      .meta({ description: 'Name nodes (all of an HA pair), or HttpFS.' }),
    root: z
      .string()
      .max(200)
      .regex(/^(\/[A-Za-z0-9][A-Za-z0-9._-]{0,99})+$/)
      .meta({
        description:
          'Folder of all pools on this HDFS, e.g. /lunarx. It must exist and belong to the user; it is never created. Immutable.',
      }),
    prefix,
    user: z
      .string()
      .max(256)
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._@/-]*$/)
      .optional()
      .meta({ description: 'user.name of a cluster without security.' }),
    tokenSecret: z
      .object({
        name: objectName('Name of a Secret in the namespace of the pool.'),
        key: keyName('token', 'Key with the token, as hdfs fetchdt writes it, or its text.'),
      })
      .optional()
      .meta({
        description: 'Secret with a delegation token, in place of a user. Pods see a changed Secret within two minutes, without a restart.',
      }),
    replication: z
      .int()
      .min(1)
      .max(512)
      .optional()
      .meta({ description: 'Copies of each block. Unset: as many as HDFS makes by itself.', format: 'int32' }),
    minBlockBytes: z
      .int()
      .min(512)
      .max(2 ** 30)
      .multipleOf(512)
      .optional()
      .meta({
        description: 'The smallest block that the name node allows (dfs.namenode.fs-limits.min-block-size). Unset: 1048576.',
        format: 'int64',
      }),
    ...authority,
  })
  .meta({
    description: 'One file per shard in HDFS, by WebHDFS or HttpFS.',
    ...rules(
      ONE_AUTHORITY,
      { rule: '!(has(self.user) && has(self.tokenSecret))', message: 'hdfs takes user or tokenSecret, not both' },
      {
        rule: 'self.root == oldSelf.root && has(self.prefix) == has(oldSelf.prefix) && (!has(self.prefix) || self.prefix == oldSelf.prefix)',
        message: 'root and prefix are immutable, because shards lie there: make a new pool for another place',
      },
    ),
  })

export const backend = z
  .object({
    volume: z.object({}).optional().meta({ description: 'On the volume of each pod.' }),
    s3: s3.optional(),
    hdfs: hdfs.optional(),
  })
  .default({ volume: {} })
  .meta({
    description: 'Where shards lie: exactly one of volume, s3 and hdfs. Rows, indexes and unfinished uploads lie on the volume always.',
    ...rules(
      {
        rule: '[has(self.volume), has(self.s3), has(self.hdfs)].exists_one(is, is)',
        message: 'backend must be exactly one of volume, s3 and hdfs',
      },
      {
        rule: 'has(self.volume) == has(oldSelf.volume) && has(self.s3) == has(oldSelf.s3) && has(self.hdfs) == has(oldSelf.hdfs)',
        message: 'the kind of backend is immutable: make a new pool with the other backend',
      },
    ),
  })
export type S3Spec = z.output<typeof s3>
export type HdfsSpec = z.output<typeof hdfs>
