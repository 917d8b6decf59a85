import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { textOf, utf8 } from '@lunarx/core/model'
import test from 'ava'
import { CommanderError } from 'commander'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseRange } from './commands/get.ts'
import { devMembers, devNetwork } from './dev/members.ts'
import type { Io } from './io.ts'
import { makeProgram } from './program.ts'
import { cliReference } from './reference.ts'

interface Recorded {
  readonly io: Io
  readonly out: () => string
}

function record(env: Io['env'], stdin = ''): Recorded {
  let out = ''
  const write = async (text: Uint8Array | string): Promise<void> => void (out += typeof text === 'string' ? text : textOf(text))
  async function* input(): AsyncGenerator<Uint8Array> {
    yield utf8(stdin)
  }
  const signal = new AbortController().signal
  const stderr = { isTty: false, columns: 80, write: async () => undefined }
  return {
    io: { env, stdin: input(), stdout: { isTty: false, columns: 80, write }, stderr, signal, self: ['lunarx'] },
    out: () => out.trim(),
  }
}

async function run(args: readonly string[], env: Io['env'], stdin?: string): Promise<string> {
  const { io, out } = record(env, stdin)
  await makeProgram(io).parseAsync(['node', 'lunarx', ...args])
  return out()
}

test('key new, show and restore: the words of one file make the same owner in another', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-key-'))
  const env = { LUNARX_OWNER_FILE: join(folder, 'owner') }
  const words = await run(['key', 'new'], env)
  t.is(words.split(' ').length, 24)
  t.is(await run(['key', 'show'], env), words)
  const { owner } = JSON.parse(await run(['key', 'show', '--json'], env)) as { owner: string }
  const restored = await run(['key', 'restore', '--json', '--owner-file', join(folder, 'again')], {}, `${words.toUpperCase()}\n`)
  t.like(JSON.parse(restored), { owner })
  t.deepEqual(await readFile(join(folder, 'again')), await readFile(join(folder, 'owner')))
  await t.throwsAsync(run(['key', 'new'], env), { code: 'BAD_CONFIG' })
  await t.throwsAsync(run(['key', 'restore', '--owner-file', join(folder, 'x')], {}, words.replace(/\w+$/, 'zoo')), { code: 'BAD_WORDS' })
  await t.throwsAsync(run(['key', 'show'], {}), { code: 'BAD_CONFIG', message: /LUNARX_OWNER_FILE/ })
  await rm(folder, { recursive: true })
})

test('commands that lack their configuration name the variable and the flag', async (t) => {
  for (const args of [
    ['ls'],
    ['get', 'a', '-'],
    ['put', '-', 'a'],
    ['rm', 'a'],
    ['stat', 'a'],
    ['share', 'a', 'b'],
    ['key', 'address'],
    ['key', 'rotate'],
  ])
    await t.throwsAsync(run(args, {}), { code: 'BAD_CONFIG', message: /LUNARX_OWNER_FILE or --owner-file/ }, args[0])
  await t.throwsAsync(run(['status'], {}), { code: 'BAD_CONFIG', message: /LUNARX_CONFIG or --config/ })
})

test('wrong arguments are refused', async (t) => {
  for (const args of [
    ['put', 'file'],
    ['put', 'file', 'name', '--suite', 'rot13'],
    ['share', 'name'],
    ['run', 'pilot', '--config', 'f'],
    ['run', 'provider'],
    ['dev', '--providers', 'many'],
    ['no-such-command'],
  ])
    await t.throwsAsync(run(args, {}), { instanceOf: CommanderError }, args.join(' '))
  for (const wrong of ['', 'a', '1:b', '-1:2', '1:2:3']) t.throws(() => parseRange(wrong), { code: 'BAD_RANGE' }, wrong)
  t.deepEqual(parseRange('5:7'), { offset: 5, length: 7 })
  t.deepEqual(parseRange('5:'), { offset: 5, length: undefined })
})

test('a local network: ports of their own for all, classes that have room, too small a one is refused', (t) => {
  const members = devMembers({ providers: 6, trackers: 3, survive: 1, basePort: 14_000 })
  const ports = members.flatMap(({ controlPort, dataPort, adminPort, healthPort }) => [controlPort, dataPort, adminPort, healthPort])
  t.is(new Set([14_000, ...ports]).size, 1 + 9 * 4)
  const network = devNetwork(members, { survive: 1 }, '0'.repeat(64), undefined)
  t.deepEqual(
    network.classes.map(({ name }) => name),
    ['2+1', '4+2'],
  )
  t.is(network.defaultClass, '4+2')
  t.true(network.classes.every(({ copies }) => copies === undefined))
  const more = devMembers({ providers: 6, trackers: 3, survive: 1, archive: 4, basePort: 14_000 })
  t.is(more.length, members.length + 4)
  t.deepEqual(
    devNetwork(more, { survive: 1 }, '0'.repeat(64), undefined).classes.map(({ name, copies }) => [name, copies?.[0]?.pools]),
    [
      ['2+1', ['archive']],
      ['4+2', undefined],
    ],
  )
  for (const wrong of [{ providers: 2 }, { trackers: 0 }, { basePort: 65_500 }])
    t.throws(() => devMembers({ providers: 6, trackers: 3, survive: 1, basePort: 14_000, ...wrong }), { code: 'BAD_CONFIG' })
})

test('docs/CLI.md is what the program says of itself', async (t) => {
  const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'CLI.md'), 'utf8')
  t.true(page === cliReference(), 'docs/CLI.md is out of step: npm run generate')
})
