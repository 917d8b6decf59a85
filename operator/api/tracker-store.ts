/**
 * Where trackers keep the map: on their volumes, or in a database that the operator of the cluster runs.
 *
 * @module
 */
import { z } from 'zod'
import { objectName, rules } from './fields.ts'
import { authority, ONE_AUTHORITY } from './references.ts'

const postgres = z
  .object({
    hosts: z
      .array(
        z
          .string()
          .min(1)
          .max(253)
          .regex(/^[A-Za-z0-9.:-]+$/)
          .meta({ description: 'Name or IP.' }),
      )
      .min(1)
      .max(8)
      .meta({
        description:
          'Hosts of the database, tried in this order: the first that takes writes is used. One suffices where its name follows the primary.',
      }),
    port: z.int().min(1).max(65_535).default(5432).meta({ description: 'TCP port, of all hosts.', format: 'int32' }),
    database: z
      .string()
      .min(1)
      .max(63)
      .meta({ description: 'Name of the database. It must exist; its tables are made in the first schema of the search path.' }),
    sslMode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).default('verify-full').meta({
      description:
        'As libpq takes it. disable: plain text; require: encrypted, whoever answers; verify-ca: certificate; verify-full: certificate and name.',
    }),
    credentialsSecret: z.object({ name: objectName('Name of a Secret in the namespace of the Tracker.') }).meta({
      description: 'Secret with the keys username and password. Pods see a changed Secret within two minutes, without a restart.',
    }),
    ...authority,
    connections: z.int().min(2).max(64).default(8).meta({
      description: 'Connections of each pod at a time. All pods together must stay below what the database allows.',
      format: 'int32',
    }),
  })
  .meta({
    description: 'A database that speaks the protocol of PostgreSQL. Each pod has keys of its own in it.',
    ...rules(ONE_AUTHORITY),
  })

export const trackerStore = z
  .object({
    embedded: z.object({}).optional().meta({ description: 'SQLite on the volume of each pod.' }),
    postgres: postgres.optional(),
  })
  .default({ embedded: {} })
  .meta({
    description: 'Where the map is kept: exactly one of embedded and postgres.',
    ...rules(
      {
        rule: '[has(self.embedded), has(self.postgres)].exists_one(is, is)',
        message: 'store must be exactly one of embedded and postgres',
      },
      {
        rule: 'has(self.embedded) == has(oldSelf.embedded) && has(self.postgres) == has(oldSelf.postgres)',
        message: 'the kind of store is immutable: make a new Tracker with the other store',
      },
    ),
  })
