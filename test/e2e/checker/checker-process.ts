/**
 * Runs in a pod of a DApp: puts objects that are written once, makes a file `begun`, then puts, gets and removes others by the `lunarx`
 * command until there is a file `stop`, and knows every byte that must be there. Then reads everything once more, frees what was written
 * once, and writes what it found to `result.json`.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { ABSENT, contentOf, Expected, versionIn, type Stored } from './expected.ts'
import type { Found } from './found.ts'
import { sizeOverwritten, sizesWrittenOnce } from './sizes.ts'

const WORKERS = 2
const NAMES_EACH = 8
/** A command that takes longer is given up; whether it did anything is not known then. */
const COMMAND_MS = 120_000
/** Names that are read at once at the end: most of a read is the start of its process. */
const LAST_AT_ONCE = 3
/** Of the last read of each name, two seconds apart. */
const LAST_TRIES = 60
/** Of each object that is written once, while nothing is done to the network yet. */
const FIRST_TRIES = 3
/** For a put and a get, after it was told to stop. */
const LEAST_DONE_MS = 120_000
/** As many failures are told in words. */
const FAILURES_TOLD = 20
/** docs/CLI.md */
const NO_SUCH_NAME = 3

interface Ended {
  /** null: given up */
  readonly code: number | null
  readonly out: Buffer
  readonly said: string
}

function lunarx(args: readonly string[], input?: Buffer): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>()
  const child = spawn('lunarx', args, { timeout: COMMAND_MS, killSignal: 'SIGKILL' })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => undefined) // it ended before it had read everything
  child.stdin.end(input)
  child.on('error', reject)
  child.on('close', (code) => resolve({ code, out: Buffer.concat(out), said: Buffer.concat(err).toString().slice(-300) }))
  return promise
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const { SEED = '', IS_LONG = 'false' } = process.env
let drawn = 0
/** Below 1; the nth draw of a seed is always the same. */
const draw = (): number => createHash('sha256').update(`${SEED} ${drawn++}`).digest().readUInt32BE() / 2 ** 32
const below = (bound: number): number => Math.floor(draw() * bound)
/** Of this run alone: another may have left objects. */
const run = Date.now().toString(36)

const expected = new Expected()
const done = { put: 0, get: 0, rm: 0 }
const failed = { put: 0, get: 0, rm: 0 }
/** Whoever stops it soon wants to know that it worked meanwhile: it goes on until something was put and something got. */
function isOver(): boolean {
  if (!existsSync('stop')) return false
  return (done.put > 0 && done.get > 0) || Date.now() - statSync('stop').mtimeMs > LEAST_DONE_MS
}
const told: string[] = []
const wrong: string[] = []
const once = sizesWrittenOnce(below, IS_LONG === 'true').map((sizeBytes, i) => ({ name: `chaos/${run}/once/${i}`, sizeBytes }))
let readsOfOnce = 0
let checkedBytes = 0
let lastMs = Date.now()
let longestPauseMs = 0

/** Since the last command that was done; called after each, and at the end. */
function notePause(): void {
  const nowMs = Date.now()
  longestPauseMs = Math.max(longestPauseMs, nowMs - lastMs)
  lastMs = nowMs
}

function tell(command: string, { code, said }: Ended): void {
  if (told.length < FAILURES_TOLD) told.push(`${new Date().toISOString()} ${command} ended with ${code}: ${said.trim()}`)
}

/** @returns false: it could not be read now */
async function read(name: string): Promise<boolean> {
  const ended = await lunarx(['get', name, '-'])
  const { code, out } = ended
  if (code !== 0 && code !== NO_SUCH_NAME) {
    tell(`get ${name}`, ended)
    return false
  }
  const version = code === 0 ? versionIn(name, out) : ABSENT
  if (version === undefined) wrong.push(`${name}: ${out.length} bytes that were never written`)
  else if (!expected.allows({ name, version })) wrong.push(`${name}: ${version === ABSENT ? 'not there' : `version ${version}`}`)
  checkedBytes += out.length
  return true
}

function count(what: 'put' | 'get' | 'rm', isDone: boolean): void {
  if (isDone) notePause()
  ;(isDone ? done : failed)[what]++
}

/** @returns false: it was not acknowledged */
async function change(stored: Stored, command: readonly string[], input?: Buffer): Promise<boolean> {
  expected.doubt(stored)
  const ended = await lunarx(command, input)
  const isDone = ended.code === 0 || (stored.version === ABSENT && ended.code === NO_SUCH_NAME)
  if (isDone) expected.acknowledge(stored)
  else tell(command.join(' '), ended)
  return isDone
}

function put(name: string, sizeBytes: number): Promise<boolean> {
  const stored = { name, version: expected.next(name) }
  return change(stored, ['put', '-', name], contentOf(stored, sizeBytes))
}

const remove = (name: string): Promise<boolean> => change({ name, version: ABSENT }, ['rm', name])

/** Takes one after the other, so many at a time. */
async function forEach<T>(all: readonly T[], atOnce: number, take: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values()
  const lane = async (): Promise<void> => {
    for (const one of waiting) await take(one)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/** The first one alone: it enrols. */
async function writeOnce(): Promise<void> {
  const write = async ({ name, sizeBytes }: (typeof once)[number]): Promise<void> => {
    let isPut = false
    for (let tries = 0; tries < FIRST_TRIES && !isPut; tries++) isPut = await put(name, sizeBytes)
    if (!isPut) throw new Error(`not begun: ${told.join('\n')}`)
  }
  await forEach(once.slice(0, 1), 1, write)
  await forEach(once.slice(1), WORKERS, write)
  writeFileSync('begun', '')
  lastMs = Date.now()
}

async function readOnce(): Promise<boolean> {
  const isRead = await read(once[below(once.length)]?.name ?? '')
  if (isRead) readsOfOnce++
  return isRead
}

async function work(worker: number): Promise<void> {
  const names = Array.from({ length: NAMES_EACH }, (_, i) => `chaos/${run}/${worker}/${i}`)
  while (!isOver()) {
    const name = names[below(names.length)] ?? ''
    const kind = draw()
    if (kind < 0.45) count('put', await put(name, sizeOverwritten(below)))
    else if (kind < 0.5) count('rm', await remove(name))
    else if (kind < 0.55) count('get', await readOnce())
    else count('get', await read(name))
  }
}

await writeOnce()
await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)))
notePause()
const unreadable: string[] = []
await forEach(expected.names, LAST_AT_ONCE, async (name) => {
  let isRead = false
  for (let tries = 0; tries < LAST_TRIES && !isRead; tries++) {
    if (tries > 0) await pause(2_000)
    isRead = await read(name)
  }
  if (!isRead) unreadable.push(name)
  else if (once.some((one) => one.name === name)) readsOfOnce++
})
// so that the tests that follow have the room; one that stays is no harm
await forEach(once, LAST_AT_ONCE, async ({ name }) => void (await lunarx(['rm', name])))
const longestPauseSeconds = Math.round(longestPauseMs / 1000)
const writtenOnce = { objects: once.length, bytes: once.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), reads: readsOfOnce }
const names = expected.names.length
const found: Found = { done, failed, told, wrong, unreadable, longestPauseSeconds, writtenOnce, names, checkedBytes }
writeFileSync('result.new', JSON.stringify(found))
renameSync('result.new', 'result.json')
