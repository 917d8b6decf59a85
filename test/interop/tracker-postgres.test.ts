/**
 * A whole network of processes whose tracker keeps its map in a real PostgreSQL: it is killed and its volume removed, and goes on.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { DevNetwork } from '../../node/cli/dev/run-dev.ts'
import { freePorts } from '../../hack/servers/ports.ts'
import { Database } from '../conformance/store-postgres.ts'
import { scratchFolder } from './scratch.ts'

const SELF = [process.execPath, '--conditions=source', join(import.meta.dirname, '../../node/cli/main.ts')] as const
const MINUTE = 60_000
const LOOK_MS = 500

async function startDev(dir: string, store: string): Promise<{ network: DevNetwork; child: ChildProcess }> {
  const size = ['--trackers', '1', '--providers', '3', '--base-port', String(await freePorts(5 * 5))]
  const args = ['dev', '--json', '--dir', dir, ...size, '--tracker-store', store]
  const child = spawn(SELF[0], [...SELF.slice(1), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) return { network: JSON.parse(line) as DevNetwork, child }
  throw new Error('lunarx dev ended before it was ready')
}

async function lunarx(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number | null> {
  const child = spawn(SELF[0], [...SELF.slice(1), ...args], { env: { ...process.env, ...env }, stdio: 'ignore' })
  return (await once(child, 'exit'))[0] as number | null
}

/** Names of the spaces of a tracker that holds a map, with how many keys each has. */
async function keysOf(database: Database): Promise<Record<string, number>> {
  await using admin = await database.admin()
  const { rows } = await admin.client.query<{ name: string; keys: string }>(
    "SELECT split_part(name, ' ', 3) AS name, count(k) AS keys FROM lunarx_spaces LEFT JOIN lunarx_entries ON space = id GROUP BY 1",
  )
  return Object.fromEntries(rows.map(({ name, keys }) => [name, Number(keys)]))
}

/** A tracker of which nothing was left. */
async function untilReadyAgain(folder: string): Promise<void> {
  const { listen } = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as { listen: { host: string; healthPort: number } }
  const url = `http://${listen.host}:${listen.healthPort}/readyz`
  const isReady = async (): Promise<boolean> =>
    existsSync(join(folder, 'data/files')) && (await fetch(url).catch(() => undefined))?.ok === true
  while (!(await isReady())) await sleep(LOOK_MS)
}

test('a tracker whose volume is lost finds its map in the database', async (t) => {
  t.timeout(5 * MINUTE)
  await using folder = await scratchFolder()
  await using database = await Database.start()
  const store = join(folder.path, 'store.json')
  await writeFile(store, JSON.stringify(database.config()))
  const dir = join(folder.path, 'net')
  const { network, child } = await startDev(dir, store)
  try {
    const { config, ownerFile, tokenFile, stateDir } = network.paths
    const env = { LUNARX_CONFIG: config, LUNARX_OWNER_FILE: ownerFile, LUNARX_TOKEN_FILE: tokenFile, LUNARX_STATE_DIR: stateDir }
    const object = randomBytes(1024 * 1024)
    await writeFile(join(dir, 'file'), object)
    t.is(await lunarx(['put', join(dir, 'file'), 'a'], env), 0)
    const before = await keysOf(database)
    t.deepEqual(Object.keys(before).toSorted(), ['audit', 'epochs', 'fleet', 'leases', 'map'])
    t.true((before['map'] ?? 0) >= 2 + 3, 'record, summary, and a statement of each holder')

    process.kill(network.members.find(({ name }) => name === 'tracker-0')?.pid ?? 0, 'SIGKILL')
    await rm(join(dir, 'tracker-0/data'), { recursive: true })
    await untilReadyAgain(join(dir, 'tracker-0'))
    t.is(await lunarx(['get', 'a', join(dir, 'back')], env), 0)
    t.deepEqual(await readFile(join(dir, 'back')), object)
    t.deepEqual(await readdir(join(dir, 'tracker-0/data/stores')), [])
    t.true(((await keysOf(database))['map'] ?? 0) >= (before['map'] ?? 0))
  } finally {
    child.kill('SIGTERM')
    t.is((await once(child, 'exit'))[0], 0)
  }
})
