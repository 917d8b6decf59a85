import { spawn } from 'node:child_process'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { startNetwork } from './_network.test.ts'

const MAIN = join(import.meta.dirname, '..', 'main.ts')
const PROGRAM = join(import.meta.dirname, '_put-program.test.ts')
const MINUTE = 60_000
const KILLS = 10
const PROVIDER_KILLS = 3
const SEGMENT_BYTES = 1024 * 1024
const SEGMENTS = 24
/** Of class 4+2, watermarks and tags aside. */
const SET_BYTES = SEGMENT_BYTES * 1.5

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Run {
  readonly isKilled: boolean
  readonly storedSegments: number
  readonly sentBytes: number
  readonly margin: number | undefined
  readonly code: string | undefined
}

interface PutRun {
  readonly file: string
  readonly env: Readonly<Record<string, string>>
  readonly name?: string
  /** Of what this process sends; Infinity: lets it finish. */
  readonly atBytes: number
  readonly how?: 'SIGKILL' | 'SIGTERM'
  /** Told how many bytes were sent, every now and then. */
  readonly onSent?: (bytes: number) => void
}

async function runPut({ file, env, name = 'big', atBytes, how = 'SIGKILL', onSent }: PutRun): Promise<Run> {
  const args = ['--conditions=source', PROGRAM, file, name, String(SEGMENT_BYTES)]
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let run: Omit<Run, 'isKilled'> = { storedSegments: 0, sentBytes: 0, margin: undefined, code: undefined }
  for await (const line of createInterface(child.stdout)) {
    run = { ...run, ...(JSON.parse(line) as Partial<Run>) }
    onSent?.(run.sentBytes)
    if (run.sentBytes >= atBytes) child.kill(how)
  }
  const [code, signal] = (await exited) as [number | null, string | null]
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the put ended with ${code}`)
  return { ...run, isKilled: signal === 'SIGKILL' }
}

test(`a client process is killed ${KILLS} times in the middle of a put: each goes on where the one before stopped`, async (t) => {
  t.timeout(5 * MINUTE)
  const dir = await mkdtemp(join(tmpdir(), 'lunarx-killed-'))
  const { network, child } = await startNetwork(dir)
  try {
    const { config, ownerFile, tokenFile, stateDir } = network.paths
    const env = { LUNARX_CONFIG: config, LUNARX_OWNER_FILE: ownerFile, LUNARX_TOKEN_FILE: tokenFile, LUNARX_STATE_DIR: stateDir }
    const object = randomBytes(SEGMENTS * SEGMENT_BYTES - 12_345)
    const file = join(dir, 'file')
    await writeFile(file, object)

    const runs: Run[] = []
    for (let i = 0; i < KILLS; i++) runs.push(await runPut({ file, env, atBytes: 1 + randomInt(2.5 * SET_BYTES) }))
    runs.push(await runPut({ file, env, atBytes: Number.POSITIVE_INFINITY }))

    t.true(runs.filter(({ isKilled }) => isKilled).length >= KILLS - 2, 'kills came in the middle')
    const last = runs.at(-1)
    t.is(last?.isKilled, false)
    t.is(last?.margin, 2)
    for (const [i, { storedSegments, sentBytes }] of runs.entries()) {
      t.true(storedSegments >= (runs[i - 1]?.storedSegments ?? 0), 'what is stored stays')
      t.true(
        sentBytes <= (SEGMENTS - storedSegments) * SET_BYTES * 1.02,
        `run ${i} sent ${sentBytes} with ${storedSegments} segments stored`,
      )
    }
    t.true((last?.storedSegments ?? 0) >= 3, 'the last one found what the others had stored')
    t.log(
      runs.map(({ storedSegments, sentBytes }) => `${storedSegments} stored, ${(sentBytes / SET_BYTES).toFixed(1)} sets sent`).join('; '),
    )

    const get = async (name: string): Promise<Buffer> => {
      const args = ['--conditions=source', MAIN, 'get', name, join(dir, 'back')]
      t.deepEqual(await once(spawn(process.execPath, args, { env: { ...process.env, ...env } }), 'exit'), [0, null])
      return await readFile(join(dir, 'back'))
    }
    t.is(digest(await get('big')), digest(object))

    // providers are killed while they receive, and come back: one put outlives all of it
    const victims = network.members.filter(({ name }) => name.startsWith('provider')).slice(0, PROVIDER_KILLS)
    const marks = victims.map(() => randomInt((SEGMENTS - 6) * SEGMENT_BYTES)).sort((a, b) => a - b)
    const struck = await runPut({
      file,
      env,
      name: 'struck',
      atBytes: Number.POSITIVE_INFINITY,
      onSent: (bytes) => {
        if (bytes < (marks[0] ?? Number.POSITIVE_INFINITY)) return
        marks.shift()
        process.kill(victims.shift()?.pid ?? 0, 'SIGKILL')
      },
    })
    t.like(struck, { code: undefined, margin: 2 })
    t.is(victims.length, 0, 'all were killed in the middle')
    t.log(`providers killed: ${(struck.sentBytes / SET_BYTES).toFixed(1)} sets sent for ${SEGMENTS}`)
    t.true(struck.sentBytes <= (SEGMENTS + 2 * PROVIDER_KILLS) * SET_BYTES, `${struck.sentBytes} bytes were sent`)
    t.is(digest(await get('struck')), digest(object))

    // an abort is no cut: nothing of it stays, with providers or here; what killed providers had half of waits for its time to pass
    const uploads = async (): Promise<string[]> =>
      (await Promise.all([0, 1, 2, 3, 4, 5].map((i) => readdir(join(dir, `provider-${i}`, 'data', 'files', 'incoming'))))).flat()
    const before = new Set(await uploads())
    const aborted = await runPut({ file, env, name: 'other', atBytes: 2.5 * SET_BYTES, how: 'SIGTERM' })
    t.is(aborted.code, 'ABORTED')
    t.deepEqual(
      (await uploads()).filter((name) => !before.has(name)),
      [],
      'reservations are given back',
    )
    t.deepEqual(await readdir(join(stateDir, encodeURIComponent('dev/local'), 'files', 'puts')), [])
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
    await rm(dir, { recursive: true, force: true })
  }
})
