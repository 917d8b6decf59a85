/**
 * PostgreSQL on this machine, until disposed: Debian's, where it is installed; else its packages are taken apart, with those of its
 * libraries that the machine lacks, and nothing is installed.
 *
 * It refuses to run as root: then it runs as `nobody`, in a folder that belongs to that user. What it writes is not synced to the disk:
 * a killed server loses nothing by that, a machine without power would.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chown, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { madeOnce } from '../../test/interop/cache.ts'
import { tool } from '../cluster/cluster.ts'
import { freePort } from './ports.ts'
import type { ServerTls } from './s3-server.ts'
import { startService, type Service } from './service.ts'

const INSTALLED = '/usr/lib/postgresql'
const FETCH_MS = 5 * 60_000
const NOBODY = 65_534
const LOOPBACK = '127.0.0.1'
export const SUPERUSER = { user: 'postgres', password: 'postgres-secret' } as const

export interface PostgresOptions {
  /** Default: plain text only. */
  readonly tls?: ServerTls
  /** Where it listens, and takes whoever has a password. Default: 127.0.0.1, and nobody from elsewhere. */
  readonly host?: string
  /** Settings beside those that keep it small. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface PostgresServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** A session of the superuser, for what a test does behind the back of ours; to be ended. */
  admin(database?: string): Promise<pg.Client>
  /** At once, whatever is under way: it recovers from its log at the next start. */
  kill(): Promise<void>
  /** Where it was, with what it had. */
  start(): Promise<void>
}

interface Programs {
  /** With `initdb` and `postgres`. */
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
}

/** @throws {Error} not ready within a minute, or neither installed nor on a Debian */
export async function startPostgres({ tls, host = LOOPBACK, settings = {} }: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-postgres-'))
  const user = process.getuid?.() === 0 ? NOBODY : undefined
  if (user !== undefined) await chown(folder, user, user)
  const programs = await findPrograms(folder, user)
  const [data, port] = [join(folder, 'data'), await freePort()]
  await initialise(programs, folder, user)
  if (tls) await writeTls(data, tls, user)
  if (host !== LOOPBACK) await appendFile(join(data, 'pg_hba.conf'), `${tls ? 'hostssl' : 'host'} all all all scram-sha-256\n`)
  const args = Object.entries({
    listen_addresses: host === LOOPBACK ? host : `${LOOPBACK},${host}`,
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '32MB',
    ...(tls ? { ssl: 'on' } : {}),
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const admin = async (database = 'postgres'): Promise<pg.Client> => {
    const client = new pg.Client({ host: LOOPBACK, port, database, ...SUPERUSER, ssl: false })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const start = (): Promise<Service> =>
    startService({
      name: 'PostgreSQL',
      program: join(programs.folder, 'postgres'),
      args: ['-D', data, ...args],
      env: programs.env,
      logFile: join(folder, 'log'),
      isReady: () => isUp(admin),
      ...(user === undefined ? {} : { user }),
      stopSignal: 'SIGINT',
    })
  let service = await start()
  return {
    host,
    port,
    admin,
    kill: () => service.end('SIGQUIT'),
    async start() {
      service = await start()
    },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function isUp(admin: () => Promise<pg.Client>): Promise<boolean> {
  try {
    await (await admin()).end()
    return true
  } catch {
    return false
  }
}

async function writeTls(data: string, { certificate, key }: ServerTls, user: number | undefined): Promise<void> {
  for (const [name, text] of [
    ['server.crt', certificate],
    ['server.key', key],
  ] as const) {
    await writeFile(join(data, name), text, { mode: 0o600 })
    if (user !== undefined) await chown(join(data, name), user, user)
  }
}

async function initialise({ folder: programs, env }: Programs, folder: string, user: number | undefined): Promise<void> {
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, SUPERUSER.password, { mode: 0o644 })
  const wanted = ['-U', SUPERUSER.user, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '--no-sync']
  const child = spawn(join(programs, 'initdb'), ['-D', join(folder, 'data'), ...wanted], {
    env,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  })
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${said.join('').slice(-1_000)}`)
}

/** @param folder where the user may read, unlike perhaps in the cache of root */
async function findPrograms(folder: string, user: number | undefined): Promise<Programs> {
  const versions = await readdir(INSTALLED).catch(() => [])
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0]
  if (newest !== undefined && newest >= '13') return { folder: join(INSTALLED, newest, 'bin'), env: process.env }
  const cached = await unpacked()
  const root = user === undefined ? cached : join(folder, 'programs')
  if (root !== cached) await cp(cached, root, { recursive: true, verbatimSymlinks: true })
  const [version = ''] = await readdir(join(root, INSTALLED))
  const libraries = (await readdir(join(root, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu'))
  const LD_LIBRARY_PATH = libraries.map((name) => join(root, 'usr/lib', name)).join(':')
  return { folder: join(root, INSTALLED, version, 'bin'), env: { ...process.env, LD_LIBRARY_PATH } }
}

/** What apt would install for the server, without installing it. */
async function unpacked(): Promise<string> {
  const plan = await tool('apt-get', ['-s', '-qq', '--no-install-recommends', 'install', 'postgresql'], process.env)
  const packages = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name).filter((name) => !/-common$|^ssl-cert$/.test(name))
  return await madeOnce('postgresql', packages, async (draft) => {
    const inDraft = { ...process.env, PWD: draft }
    await tool('sh', ['-c', 'cd "$0" && apt-get download -qq "$@"', draft, ...packages], inDraft, { timeoutMs: FETCH_MS })
    for (const file of (await readdir(draft)).filter((name) => name.endsWith('.deb'))) {
      await tool('dpkg-deb', ['-x', join(draft, file), draft], process.env)
      await rm(join(draft, file))
    }
  })
}
