/**
 * A real PostgreSQL for the tests of the tracker's store, with an account that owns one database and is nobody otherwise.
 *
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { PostgresStoreConfig } from '@lunarx/core/membership'
import { SystemClock } from '@lunarx/runtime/clock'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SystemRandom } from '@lunarx/runtime/random'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { openPostgres, type PostgresDeps, type PostgresStores } from '@lunarx/tracker/store'
import { startPostgres, type PostgresOptions, type PostgresServer } from '../../hack/servers/postgres.ts'

const DATABASE = 'lunar'
const LOOK_MS = 10
export const ACCOUNT = { user: 'tracker', password: "a pass'word" } as const

type Admin = pg.Client

export interface OpenOptions {
  /** Whose stores. Default: of somebody new. */
  readonly owner?: string
  readonly config?: Partial<PostgresStoreConfig>
  readonly patience?: PostgresDeps['patience']
  readonly metrics?: RecordedMetrics
}

export interface OneStore extends AsyncDisposable {
  readonly store: KeyValueStore
  readonly name: string
  /** Tries to write that failed and were made again, or might have been. */
  readonly failedWrites: () => number
}

export class Database implements AsyncDisposable {
  readonly server: PostgresServer
  readonly folder: string
  #owners = 0

  private constructor(server: PostgresServer, folder: string) {
    this.server = server
    this.folder = folder
  }

  static async start(options: PostgresOptions = {}): Promise<Database> {
    const database = new Database(await startPostgres(options), await mkdtemp(join(tmpdir(), 'lunarx-database-')))
    await using admin = await database.admin('postgres')
    await admin.client.query(`CREATE ROLE ${ACCOUNT.user} LOGIN`)
    await admin.client.query(`CREATE DATABASE ${DATABASE} OWNER ${ACCOUNT.user}`)
    await setPassword(admin.client, ACCOUNT.password)
    await database.writeCredentials(ACCOUNT.password)
    return database
  }

  /** As a mounted Secret. */
  async writeCredentials(password: string): Promise<void> {
    const folder = join(this.folder, 'credentials')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'username'), ACCOUNT.user, { mode: 0o600 })
    await writeFile(join(folder, 'password'), `${password}\n`, { mode: 0o600 })
  }

  /** Of all owners' entries, and of what the server keeps with them. */
  async sizeBytes(): Promise<number> {
    await using admin = await this.admin()
    const { rows } = await admin.client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes')
    return Number(rows[0]?.bytes)
  }

  newOwner(): string {
    return `tracker ${++this.#owners}`
  }

  config(more: Partial<PostgresStoreConfig> = {}): PostgresStoreConfig {
    const { host, port } = this.server
    const credentialsFolder = join(this.folder, 'credentials')
    return { kind: 'postgres', hosts: [host], port, database: DATABASE, sslMode: 'disable', credentialsFolder, connections: 4, ...more }
  }

  /** Pauses are short, so that a test waits for the server and not for us. */
  async open({ owner = this.newOwner(), config, patience, metrics = new RecordedMetrics() }: OpenOptions): Promise<PostgresStores> {
    const deps = { clock: new SystemClock(), random: new SystemRandom(), metrics }
    return await openPostgres(this.config(config), owner, {
      ...deps,
      patience: { firstPauseMs: 20, maxPauseMs: 1_000, attempts: 30, ...patience },
    })
  }

  /** One store; `name` is that of its row in `lunarx_spaces`. */
  async openOne({ owner = this.newOwner(), metrics = new RecordedMetrics(), ...options }: OpenOptions = {}): Promise<OneStore> {
    const stores = await this.open({ ...options, owner, metrics })
    const store = await stores.openStore('rows')
    const failedWrites = (): number => metrics.observed('lunarx_store_seconds', { operation: 'write', outcome: 'failed' }).length
    return { store, failedWrites, name: `${owner} rows`, [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose]() }
  }

  /** A session of the superuser. */
  async admin(database: string = DATABASE): Promise<{ readonly client: pg.Client } & AsyncDisposable> {
    const client = await this.server.admin(database)
    return { client, [Symbol.asyncDispose]: () => client.end() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}

export async function setPassword(admin: Admin, password: string): Promise<void> {
  await admin.query(`ALTER ROLE ${ACCOUNT.user} PASSWORD '${password.replaceAll("'", "''")}'`)
}

/** Ends every session of ours. */
export async function terminate(admin: Admin): Promise<void> {
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lunarx'")
}

/** Resolves when somebody waits for a lock that this session holds. */
export async function untilBlocking(admin: Admin): Promise<void> {
  await until(async () => {
    const { rows } = await admin.query('SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))')
    return rows.length > 0
  })
}

/** Resolves when none of ours is in the middle of anything. */
export async function untilIdle(admin: Admin): Promise<void> {
  await until(async () => {
    const { rows } = await admin.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'lunarx' AND state <> 'idle'")
    return rows.length === 0
  })
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(LOOK_MS)
}

/** How many commits a store has had. */
export async function commitsOf(admin: Admin, name: string): Promise<number> {
  const { rows } = await admin.query<{ sequence: string }>('SELECT sequence FROM lunarx_spaces WHERE name = $1', [name])
  return Number(rows[0]?.sequence)
}
