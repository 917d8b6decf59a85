/**
 * Where a provider keeps its shards: on its volume, in a bucket, in HDFS. A part of the run config.
 *
 * Nothing in it is secret: it names files and folders of mounted Secrets, which are read again when they change.
 *
 * @module
 */
import { z } from 'zod'

const path = z.string().min(1).max(4096)
const caFile = path.optional().describe('PEM of the certificate authorities to trust instead of the usual ones, for https.')

const volumeBackendSchema = z.strictObject({ kind: z.literal('volume').describe('Files below dataFolder.') })

const folder = z
  .string()
  .max(400)
  .regex(/^([a-z0-9][a-z0-9._-]{0,99}(\/[a-z0-9][a-z0-9._-]{0,99})*)?$/)
  .default('')

const s3BackendSchema = z.strictObject({
  kind: z.literal('s3').describe('One object per shard in a bucket.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .describe('URL of the service without bucket or path, e.g. https://s3.example.com:9000.'),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
    .describe('It must exist; it is never created.'),
  prefix: folder.describe('Folder in the bucket, without / at its ends, of this provider alone: e.g. a-network/$(POD_NAME).'),
  region: z.string().min(1).max(64).default('us-east-1').describe('What requests are signed for; it is never looked up.'),
  pathStyle: z.boolean().default(true).describe('True: https://endpoint/bucket/…; false: https://bucket.endpoint/….'),
  credentialsFolder: path.describe('Folder with the files accessKey, secretKey and, for temporary credentials, sessionToken.'),
  caFile,
})

const hdfsBackendSchema = z.strictObject({
  kind: z.literal('hdfs').describe('One file per shard in HDFS, by WebHDFS or HttpFS.'),
  urls: z
    .array(z.url({ protocol: /^https?$/ }).max(2048))
    .min(1)
    .max(8)
    .describe('URLs of the name nodes (all of an HA pair) or of HttpFS, without path, e.g. http://namenode:9870.'),
  root: z
    .string()
    .max(400)
    .regex(/^(\/[A-Za-z0-9][A-Za-z0-9._-]{0,99})+$/)
    .describe('Folder of all providers on this HDFS, e.g. /lunarx. It must exist and belong to the user; it is never created.'),
  prefix: folder.describe('Folder in the root, without / at its ends, of this provider alone: e.g. a-network/$(POD_NAME).'),
  user: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._@/-]{0,255}$/)
    .optional()
    .describe('user.name of a cluster without security.'),
  replication: z.number().int().min(1).max(512).optional().describe('Copies of each block. Unset: as many as HDFS makes by itself.'),
  minBlockBytes: z
    .number()
    .int()
    .min(512)
    .max(2 ** 30)
    .multipleOf(512)
    .default(1024 * 1024)
    .describe('The smallest block that the name node allows: its dfs.namenode.fs-limits.min-block-size, a multiple of 512.'),
  tokenFile: path.optional().describe('File with a delegation token, in place of a user.'),
  caFile,
})

export const backendSchema = z.discriminatedUnion('kind', [volumeBackendSchema, s3BackendSchema, hdfsBackendSchema])
export type Backend = z.infer<typeof backendSchema>
export type S3Backend = z.infer<typeof s3BackendSchema>
export type HdfsBackend = z.infer<typeof hdfsBackendSchema>
