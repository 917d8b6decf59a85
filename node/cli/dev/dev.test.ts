import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { examplesOf } from '../../../hack/check/examples.ts'
import { freePorts } from '../../../hack/servers/ports.ts'
import type { NetworkStatus } from '../status/summarise.ts'
import { PORTS_PER_MEMBER } from './members.ts'
import type { DevNetwork } from './run-dev.ts'

const MAIN = join(import.meta.dirname, '..', 'main.ts')
const SELF = [process.execPath, '--conditions=source', MAIN] as const
const MINUTE = 60_000

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Ended {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

const lunarx = (args: readonly string[], env: Readonly<Record<string, string>>, stdin?: string): Promise<Ended> =>
  node([...SELF.slice(1), ...args], env, stdin)

/** Programs of the client's page that reach a network by themselves. */
async function connectingExamples(): Promise<string[]> {
  const page = await readFile('docs/CLIENT.md', 'utf8')
  const texts = examplesOf(page).flatMap(({ language, text }) => (language === 'ts' && text.includes('await connect(') ? [text] : []))
  if (texts.length < 2) throw new Error('docs/CLIENT.md has lost its examples')
  return texts
}

async function node(args: readonly string[], env: Readonly<Record<string, string>>, stdin: string = ''): Promise<Ended> {
  const child = spawn(SELF[0], args, { env: { ...process.env, ...env } })
  const out: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.end(stdin)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: Buffer.concat(out), stderr }
}

/** A local network that ends with the test, whatever becomes of it. */
async function startDev(dir: string): Promise<{ network: DevNetwork; child: ChildProcess }> {
  const basePort = await freePorts(10 * PORTS_PER_MEMBER)
  const args = ['dev', '--json', '--dir', dir, '--base-port', String(basePort), '--trackers', '3', '--providers', '6']
  const child = spawn(SELF[0], [...SELF.slice(1), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) return { network: JSON.parse(line) as DevNetwork, child }
  throw new Error('lunarx dev ended before it was ready')
}

test('three trackers and six providers: 8 MiB in and out, a provider killed, its folder removed, healed', async (t) => {
  t.timeout(6 * MINUTE)
  const dir = await mkdtemp(join(tmpdir(), 'lunarx-dev-'))
  const { network, child } = await startDev(dir)
  try {
    const { config, ownerFile, tokenFile, stateDir } = network.paths
    const env = { LUNARX_CONFIG: config, LUNARX_OWNER_FILE: ownerFile, LUNARX_TOKEN_FILE: tokenFile, LUNARX_STATE_DIR: stateDir }
    const run = async (...args: string[]): Promise<Ended> => await lunarx(args, env)
    const object = randomBytes(8 * 1024 * 1024)
    await writeFile(join(dir, 'file'), object)

    const put = await run('put', join(dir, 'file'), 'big/file', '--json')
    t.is(put.code, 0, put.stderr)
    t.like(JSON.parse(put.stdout.toString()), { name: 'big/file', sizeBytes: object.length, class: '4+2', segments: 1 })
    t.is((await lunarx(['put', '-', 'note'], env, 'a note')).code, 0)
    t.is((await run('get', 'big/file', join(dir, 'back'))).code, 0)
    t.is(sha256(await readFile(join(dir, 'back'))), sha256(object))
    t.is(
      (await run('get', 'big/file', '-', '--range', '5000000:4')).stdout.toString('hex'),
      object.subarray(5_000_000, 5_000_004).toString('hex'),
    )
    const listed = (await run('ls', '--json')).stdout.toString().trim().split('\n')
    t.deepEqual(
      listed.map((line) => (JSON.parse(line) as { name: string }).name),
      ['big/file', 'note'],
    )

    for (const text of await connectingExamples()) {
      const ran = await node(['--conditions=source', '--input-type=module-typescript', '--eval', text], env)
      t.is(ran.code, 0, ran.stderr)
      t.is(ran.stderr, '')
      t.not(ran.stdout.length, 0)
    }

    // what goes wrong has its exit code
    const guest = { ...env, LUNARX_STATE_DIR: join(dir, 'guest'), LUNARX_TOKEN_FILE: join(dir, 'file-token') }
    await writeFile(guest.LUNARX_TOKEN_FILE, 'not-a-token')
    const refused = await lunarx(['ls'], guest)
    t.is(refused.code, 1)
    t.regex(refused.stderr, /ENROLMENT_REFUSED/)
    const other = { ...env, LUNARX_OWNER_FILE: join(dir, 'other-owner') }
    t.is((await lunarx(['key', 'new'], other)).code, 0)
    t.is((await lunarx(['get', 'note', '-'], other)).code, 3)

    // a provider dies and its volume with it: read at once, then healed by what runs under its name
    const victim = network.members.find(({ name }) => name === 'provider-2')
    process.kill(victim?.pid ?? 0, 'SIGKILL')
    await rm(join(dir, 'provider-2', 'data'), { recursive: true })
    t.is(sha256((await run('get', 'big/file', '-')).stdout), sha256(object))
    const healed = await until(async () => {
      const { code, stdout } = await run('status', '--json')
      const status = code === 0 ? (JSON.parse(stdout.toString()) as NetworkStatus) : undefined
      const isLost = status?.providers.some(({ name, state, declaredLost }) => name === 'provider-2' && (declaredLost || state === 'lost'))
      return isLost && status?.sets.degraded === 0 && status.sets.repairedShards > 0 ? status : undefined
    })
    t.like(healed.sets.margin, { 2: 1 })
    t.is(healed.trackers.filter(({ isReachable }) => isReachable).length, 3)
    t.is(sha256((await run('get', 'big/file', '-')).stdout), sha256(object))

    t.is((await run('rm', 'big/file')).code, 0)
    t.is((await run('stat', 'big/file')).code, 3)
  } finally {
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    t.is(code, 0)
    for (const { pid } of network.members) t.false(isRunning(pid ?? 0))
    await rm(dir, { recursive: true, force: true })
  }
})

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 90; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(1_000)
  }
  throw new Error('it did not come about')
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
