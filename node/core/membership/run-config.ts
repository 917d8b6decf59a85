/**
 * What `lunarx run provider|tracker|verifier --config FILE` reads (JSON or YAML): one file per process. In a cluster the operator writes it
 * into the ConfigMap of a StatefulSet, the same for all its pods: what differs per pod comes from the environment by `$(NAME)`.
 *
 * Nothing in it is secret: keys are made on the volume, tokens are read from their own file.
 *
 * @module
 */
import { z } from 'zod'
import { count, port } from '../model/fields.ts'
import { backendSchema } from './backend-config.ts'
import { networkConfigSchema } from './network.ts'
import { storeSchema } from './store-config.ts'

const path = z.string().min(1).max(4096)

export const runConfigSchema = z
  .strictObject({
    role: z.enum(['provider', 'tracker', 'verifier']).describe('Must equal the role of the command.'),
    network: z
      .union([path, networkConfigSchema])
      .describe(
        'Path of network.json, relative to this file, or its content. Trackers tell clients outside of the cluster what outside.json beside it says, if there is one.',
      ),
    dataFolder: path.describe('Where identity, credential, stores and shards live: the volume.'),
    host: z
      .string()
      .min(1)
      .max(253)
      .describe(
        'Name or IP under which other peers reach this one; $(NAME) is replaced from the environment, e.g. $(POD_NAME).pool-a.ns.svc.',
      ),
    listen: z
      .strictObject({
        host: z.string().min(1).max(253).default('0.0.0.0').describe('Address to bind.'),
        controlPort: port.default(4001).describe('libp2p, TCP.'),
        dataPort: port.default(4002).describe('Data channel, TLS.'),
        adminPort: port.default(4443).describe('Admin API, HTTPS; trackers only.'),
        healthPort: port.default(8080).describe('/livez, /readyz and /metrics, HTTP.'),
      })
      .prefault({})
      .describe('Ports that are bound; the first two are also the ones advertised.'),
    capacityBytes: count
      .optional()
      .describe(
        'Providers only: bytes of shards to hold at most; fewer where volumes.json beside this file says so of its host. Unset: the size of the volume less 5 %; to be given for any other backend.',
      ),
    backend: backendSchema.prefault({ kind: 'volume' }).describe('Providers only: where shards lie (docs/BACKENDS.md).'),
    store: storeSchema.prefault({ kind: 'embedded' }).describe('Trackers only: where the map of sets is kept (docs/TRACKER.md).'),
    services: z
      .array(z.enum(['storage', 'index']))
      .min(1)
      .max(2)
      .default(['storage', 'index'])
      .describe('Providers only: hold shards, host rows.'),
    scrub: z
      .strictObject({
        everyDays: z.number().min(0.01).max(366).default(14).describe('Every shard is read again in this time.'),
        bytesPerSecond: z.number().int().min(1024).max(1e12).default(1_048_576).describe('At least this fast, though less would do.'),
        maxShare: z.number().min(0.001).max(1).default(0.25).describe('Share of the time that may be spent reading.'),
      })
      .prefault({})
      .describe('Providers only: how shards are read again and compared with their addresses.'),
    quota: z
      .strictObject({
        peerReservations: count.optional().describe('Of one client. Unset: 1,000.'),
        peerBytes: count.optional().describe('Of one client. Unset: a quarter of the capacity, 1 GiB at least.'),
        ownerReservations: count.optional().describe('Of one owner. Unset: 2,000.'),
        ownerBytes: count.optional().describe('Of one owner. Unset: half of the capacity, 1 GiB at least.'),
      })
      .optional()
      .describe('Providers only: reservations that may be live at a time, and their bytes; repairs are not bound.'),
    credential: z
      .strictObject({
        url: z.url().optional().describe('URL of the issuer; unset: issuer.url of the network.'),
        ca: z.string().max(100_000).optional().describe('PEM of the certificate authority of the issuer; unset: issuer.ca of the network.'),
        tokenFile: path.describe(
          'File with the token, read again at every renewal: a projected service-account token, or one of `lunarx dev`.',
        ),
      })
      .describe('Where the membership credential comes from.'),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least severe lines to log.'),
    graceSeconds: z.number().int().min(0).max(3600).default(20).describe('After SIGTERM: time to finish what is in flight.'),
  })
  .refine(({ backend, capacityBytes }) => backend.kind === 'volume' || capacityBytes !== undefined, {
    path: ['capacityBytes'],
    error: 'must be given: nobody knows the size of a bucket',
  })
export type RunConfig = z.infer<typeof runConfigSchema>
/** As written in a file, defaults left out. */
export type RunConfigInput = z.input<typeof runConfigSchema>
