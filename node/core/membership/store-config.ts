/**
 * Where a tracker keeps what it must not forget: in files on its volume, or in a database. A part of the run config.
 *
 * Nothing in it is secret: it names files and folders of mounted Secrets, which are read again at every new connection.
 *
 * @module
 */
import { z } from 'zod'
import { port } from '../model/fields.ts'

const path = z.string().min(1).max(4096)

const embeddedStoreSchema = z.strictObject({ kind: z.literal('embedded').describe('SQLite below dataFolder.') })

const postgresStoreSchema = z.strictObject({
  kind: z.literal('postgres').describe('A database that speaks the protocol of PostgreSQL. Each tracker has keys of its own in it.'),
  hosts: z
    .array(
      z
        .string()
        .min(1)
        .max(253)
        .regex(/^[A-Za-z0-9.:-]+$/),
    )
    .min(1)
    .max(8)
    .describe('Names or IPs, tried in this order: the first that takes writes is used.'),
  port: port.default(5432).describe('TCP, of all hosts.'),
  database: z.string().min(1).max(63).describe('It must exist; its tables are made in the first schema of the search path.'),
  sslMode: z
    .enum(['disable', 'require', 'verify-ca', 'verify-full'])
    .default('verify-full')
    .describe(
      'As libpq takes it. disable: plain text; require: encrypted, whoever answers; verify-ca: certificate; verify-full: and name.',
    ),
  caFile: path.optional().describe('PEM of the certificate authorities to trust instead of the usual ones.'),
  credentialsFolder: path.describe('Folder with the files username and password.'),
  connections: z.number().int().min(2).max(64).default(8).describe('At a time, of this tracker.'),
})

export const storeSchema = z.discriminatedUnion('kind', [embeddedStoreSchema, postgresStoreSchema])
export type Store = z.infer<typeof storeSchema>
export type PostgresStoreConfig = z.infer<typeof postgresStoreSchema>
