/**
 * A connection to the first of several hosts that takes writes: after a failover that is another one than before.
 *
 * Settings are made by a statement, not at the start of the session: poolers such as PgBouncer refuse to start one that asks for them.
 *
 * @module
 */
import pg from 'pg'
import type { PostgresStoreConfig } from '@lunarx/core/membership'
import { LunarError, textOf } from '@lunarx/core/model'
import { readSmallFile } from '@lunarx/runtime/files'
import { readCredentials, type Credentials } from './credentials.ts'
import { DATABASE_LIMITS, type Patience } from './limits.ts'
import { refusalOf } from './refusal.ts'

const SETTINGS = `
  SELECT set_config('application_name', 'lunarx', false), set_config('bytea_output', 'hex', false),
    set_config('statement_timeout', $1, false),
    set_config('idle_in_transaction_session_timeout', $1, false), current_setting('transaction_read_only') = 'on' AS is_read_only
`

/** A connection that ended by itself says so once; nobody is waiting for it. */
const ignore = (): void => undefined

/** @throws {LunarError} STORE_FAILED: what the last host said; BAD_CONFIG */
export async function connect(config: PostgresStoreConfig, patience: Patience): Promise<pg.Client> {
  const credentials = await readCredentials(config.credentialsFolder)
  const ca = config.caFile === undefined ? undefined : textOf(await readSmallFile(config.caFile))
  const failures: LunarError[] = []
  for (const host of config.hosts) {
    try {
      return await connectTo(host, { config, credentials, ca, patience })
    } catch (error) {
      failures.push(refusalOf('connect', error))
    }
  }
  // a host that passes over is worth waiting for, whatever the others say
  throw failures.find(({ retryable }) => retryable) ?? failures[0]
}

interface Given {
  readonly config: PostgresStoreConfig
  readonly credentials: Credentials
  readonly ca: string | undefined
  readonly patience: Patience
}

async function connectTo(host: string, { config, credentials, ca, patience }: Given): Promise<pg.Client> {
  const client = new pg.Client({
    host,
    port: config.port,
    database: config.database,
    ...credentials,
    ssl: tlsOf(config, ca),
    connectionTimeoutMillis: patience.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: DATABASE_LIMITS.keepAliveMs,
  })
  client.on('error', ignore)
  try {
    await client.connect()
    const { rows } = await client.query<{ is_read_only: boolean }>(SETTINGS, [String(patience.statementMs)])
    if (rows[0]?.is_read_only)
      throw new LunarError('STORE_FAILED', 'the database takes no writes: a standby, or read-only', {
        detail: { host, server: 'READ_ONLY' },
      })
    return client
  } catch (error) {
    close(client)
    throw error
  }
}

function tlsOf({ sslMode }: PostgresStoreConfig, ca: string | undefined): pg.ClientConfig['ssl'] {
  if (sslMode === 'disable') return false
  return {
    rejectUnauthorized: sslMode !== 'require',
    ...(ca === undefined ? {} : { ca }),
    ...(sslMode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  }
}

/** At once, whatever it is doing. */
export function close(client: pg.Client): void {
  client.connection.stream.destroy()
  client.end().catch(ignore)
}
