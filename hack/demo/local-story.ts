/**
 * The story of the demo with local processes: `lunarx dev`, store, destroy a provider and its folder, heal, read again.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { tool } from '../cluster/cluster.ts'
import type { LiveSets } from '../cluster/network.ts'
import { watchHealing } from './healing.ts'
import type { Narrator } from './narrator.ts'

const LUNARX = ['--conditions=source', 'node/cli/main.ts']
const PROVIDERS = 8

interface DevNetwork {
  readonly paths: { readonly config: string; readonly ownerFile: string; readonly tokenFile: string; readonly stateDir: string }
  readonly members: readonly { readonly name: string; readonly pid?: number }[]
}

interface DevStatus {
  readonly sets: LiveSets
  readonly providers: readonly { readonly name: string; readonly shards: number }[]
}

export async function tellLocalStory(narrator: Narrator, mib: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-demo-'))
  const { network, child } = await narrator.step(`lunarx dev: three trackers and ${PROVIDERS} providers as processes`, () =>
    startDev(folder),
  )
  try {
    await tell(network, folder, narrator, mib)
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  narrator.summary()
  console.log(
    '\n— how to go on\n  npm run demo                                        # the same on a real Kubernetes\n  npm run lunarx -- dev                               # a network to play with',
  )
}

async function tell({ paths, members }: DevNetwork, folder: string, narrator: Narrator, mib: number): Promise<void> {
  const env = {
    ...process.env,
    LUNARX_CONFIG: paths.config,
    LUNARX_OWNER_FILE: paths.ownerFile,
    LUNARX_TOKEN_FILE: paths.tokenFile,
    LUNARX_STATE_DIR: paths.stateDir,
  }
  const lunarx = (...args: string[]): Promise<string> => tool(process.execPath, [...LUNARX, ...args], env, { timeoutMs: 900_000 })
  const file = join(folder, 'file')
  await writeRandom(file, mib)
  const sum = await hashOf(file)
  await narrator.step(`lunarx put: ${mib} MiB of random bytes`, async () => {
    await lunarx('put', file, 'demo/file')
    narrator.say(`sha256 ${sum}`)
  })
  const readBack = async (): Promise<void> => {
    await lunarx('get', 'demo/file', join(folder, 'back'))
    const read = await hashOf(join(folder, 'back'))
    if (read !== sum) throw new Error(`read back ${read}, stored ${sum}`)
    rmSync(join(folder, 'back'))
    narrator.say(`sha256 ${read}, as stored`)
  }
  await narrator.step('lunarx get: the same bytes', readBack)
  const look = async (): Promise<DevStatus> => JSON.parse(await lunarx('status', '--json')) as DevStatus
  const before = await look()
  const [fullest] = before.providers.toSorted((a, b) => b.shards - a.shards)
  const victim = members.find((member) => member.name === fullest?.name)
  if (!fullest || victim?.pid === undefined) throw new Error('no provider holds a shard')
  const { name, pid } = victim
  await narrator.step(`destroy ${name} and all it holds (${fullest.shards} shards)`, async () => {
    rmSync(join(folder, 'network', name, 'data'), { recursive: true, force: true })
    process.kill(pid, 'SIGKILL')
  })
  await narrator.step('the fleet heals', () => watchHealing(async () => (await look()).sets, before.sets, fullest.shards, narrator))
  await narrator.step('lunarx get: the same bytes again', readBack)
}

async function startDev(folder: string): Promise<{ network: DevNetwork; child: ChildProcess }> {
  const args = ['dev', '--json', '--dir', join(folder, 'network'), '--providers', String(PROVIDERS)]
  const child = spawn(process.execPath, [...LUNARX, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) return { network: JSON.parse(line) as DevNetwork, child }
  throw new Error('lunarx dev ended before it was ready')
}

async function writeRandom(file: string, mib: number): Promise<void> {
  const out = createWriteStream(file)
  for (let i = 0; i < mib; i++) if (!out.write(randomBytes(2 ** 20))) await once(out, 'drain')
  out.end()
  await once(out, 'close')
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
