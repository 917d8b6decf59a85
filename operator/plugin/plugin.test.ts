import test from 'ava'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments } from './arguments.ts'
import { backupOf } from './backup.ts'
import { COMMANDS } from './commands.ts'
import { candidates } from './completion.ts'
import { findMember } from './find-member.ts'
import { commandHelp, generalHelp } from './help.ts'
import { aPod, anObserved, withNetwork } from './observed.fixture.ts'
import { readMinutes } from './maintenance.ts'
import { redact, redactText } from './redact.ts'
import { whyKeep } from './repair.ts'
import { tar } from './tar.ts'

test('arguments: command, words and flags', (t) => {
  t.like(readArguments(['drain', 'pool-1', '-n', 'storage', '--undo', '-o', 'json']), {
    kind: 'run',
    words: ['pool-1'],
    flags: { namespace: 'storage', undo: true, output: 'json' },
  })
  t.like(readArguments(['-n', 'storage', 'status']), { kind: 'run', flags: { namespace: 'storage' } })
  t.like(readArguments([]), { kind: 'help', command: undefined })
  t.is((readArguments(['status', '--help']) as { command?: { name: string } }).command?.name, 'status')
  t.like(readArguments(['__complete', 'drain', '--un']), { kind: 'complete', words: ['drain', '--un'] })
})

for (const args of [
  ['strain'],
  ['drain'],
  ['drain', 'a', 'b'],
  ['status', '--undo'],
  ['status', '-o', 'yaml'],
  ['status', '--namspace', 'x'],
])
  test(`arguments refused: ${args.join(' ')}`, (t) => {
    t.like(
      t.throws(() => readArguments(args)),
      { name: 'RefusedError', exit: 2 },
    )
  })

test('every command of the plugin that the runbooks print is one that it takes', (t) => {
  const runbooks = readFileSync(join(import.meta.dirname, '../../docs/RUNBOOKS.md'), 'utf8')
  const printed = [...runbooks.matchAll(/kubectl lunarx ([a-z][^`|;#\n]*)/g)].map(([, args = '']) => args.trim().split(/ +/))
  t.true(printed.length >= 8, `${printed.length}`)
  for (const args of printed) t.is(readArguments(args).kind, 'run', args.join(' '))
})

test('help names every command and every flag', (t) => {
  for (const command of COMMANDS) {
    t.true(generalHelp().includes(`  ${command.name}`))
    for (const { name } of command.flags) t.true(commandHelp(command).includes(`--${name}`))
  }
})

for (const [typed, expected] of [
  [[''], ['status', 'drain', 'maintenance', 'audit', 'transcript', 'repair', 'verify', 'backup', 'report', 'completion']],
  [['re'], ['repair', 'report']],
  [
    ['drain', ''],
    ['pool-0', 'pool-1'],
  ],
  [['drain', 'pool-1'], ['pool-1']],
  [['drain', '--un'], ['--undo']],
  [['audit', '--no'], ['--now']],
  [['audit', 'pool-1'], ['pool-1']],
  [['audit', '--tr'], ['--transcripts']],
  [
    ['transcript', ''],
    ['pool-0', 'pool-1', 'ab12'],
  ],
  [['transcript', 'a'], ['ab12']],
  [['transcript', 'ab12', ''], []],
  [['status', ''], []],
] as const)
  test(`completion of "${typed.join(' ')}"`, (t) => t.deepEqual(candidates(typed, COMMANDS, ['pool-0', 'pool-1'], ['ab12']), [...expected]))

for (const [typed, words, flags] of [
  [['drain', '-n', 'storage', 'po'], ['drain', 'po'], { namespace: 'storage' }],
  [['--namespace=storage', 'drain', ''], ['drain', ''], { namespace: 'storage' }],
  [['drain', '-n', ''], [], { namespace: true }],
  [['drain', '--undo', 'pool'], ['drain', 'pool'], { undo: true }],
] as const)
  test(`arguments that are being typed: ${typed.join(' ')}`, (t) => {
    t.like(readArguments(['__complete', ...typed]), { kind: 'complete', words: [...words], flags })
  })

const MAIN = join(import.meta.dirname, 'main.ts')
for (const [args, status, said] of [
  [['completion', 'bash'], 0, /^#!\/bin\/sh\n[^]*exec kubectl-lunarx __complete/],
  [['completion', 'csh'], 2, /SHELL must be one of bash, zsh, fish, powershell/],
  [['__complete', 'dra'], 0, /^drain\n:4\n$/],
  [['status'], 1, /the kubeconfig cannot be read/],
] as const)
  test(`without a kubeconfig: ${args.join(' ')}`, (t) => {
    const env = { ...process.env, KUBECONFIG: join(import.meta.dirname, 'none') }
    const run = spawnSync(process.execPath, [...process.execArgv, MAIN, ...args], { env, encoding: 'utf8' })
    t.is(run.status, status, run.stderr)
    t.regex(status === 0 ? run.stdout : run.stderr, said)
  })

for (const [flags, expected] of [
  [{ minutes: '30' }, 30],
  [{ minutes: '1440' }, 1440],
  [{ undo: true }, 0],
  [{}, undefined],
  [{ minutes: '0' }, undefined],
  [{ minutes: '1441' }, undefined],
  [{ minutes: '1e2' }, undefined],
  [{ minutes: '30', undo: true }, undefined],
] as const)
  test(`minutes of maintenance: ${JSON.stringify(flags)}`, (t) => {
    if (expected === undefined)
      t.like(
        t.throws(() => readMinutes(flags)),
        { name: 'RefusedError', exit: 2 },
      )
    else t.is(readMinutes(flags), expected)
  })

test('a provider is found by its pod; what is none is refused with those that are', (t) => {
  t.like(findMember(anObserved(), 'pool-1'), { peer: 'peer-pool-1', claim: 'uid-data-pool-1' })
  t.regex(t.throws(() => findMember(anObserved(), 'tracker-0')).message, /there are pool-0, pool-1/)
})

const sets = { total: 5, degraded: 0, critical: 0, lost: 0 }
for (const [title, observed, pod, expected] of [
  ['it is ready', anObserved(), aPod('pool-0'), /drain it instead/],
  ['it is not ready', anObserved(), aPod('pool-0', 'False'), undefined],
  ['it is not there', anObserved(), undefined, undefined],
  ['a set is lost', withNetwork({ sets: { ...sets, lost: 1 } }), undefined, /all that is left/],
  ['a set has no spare shard', withNetwork({ sets: { ...sets, critical: 2 } }), undefined, /wait until/],
  ['nobody knows', withNetwork({ sets: undefined }), undefined, /no tracker/],
] as const)
  test(`giving up a volume: ${title}`, (t) => {
    const reason = whyKeep(observed, { pod })
    if (expected === undefined) t.is(reason, undefined)
    else t.regex(reason ?? '', expected)
  })

test('a backup can be applied elsewhere: the key first, nothing of the server, no status', (t) => {
  const observed = anObserved()
  const uid = { uid: 'u', resourceVersion: '7', generation: 2, ownerReferences: [], finalizers: ['f'] }
  const annotations = { 'lunarx.dev/meant': 'x', 'lunarx.dev/paused': 'true' }
  const key = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'n.lunar-key', ...uid, annotations },
    type: 'k',
    data: { seed: 'c2VlZA==' },
  }
  const [first, ...others] = backupOf(key, observed)
  t.deepEqual(first, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'n.lunar-key', annotations: { 'lunarx.dev/paused': 'true' } },
    type: 'k',
    data: { seed: 'c2VlZA==' },
  } as unknown as typeof first)
  t.is(others.length, 1 + observed.trackers.length + observed.providers.length)
  for (const object of others) {
    t.false('status' in object)
    t.true('spec' in object)
  }
})

test('what is secret is taken out, what refers to it stays', (t) => {
  const given = {
    metadata: { name: 'x', managedFields: [{}] },
    spec: {
      credentialsSecret: { name: 's3-keys' },
      env: [
        { name: 'DB_PASSWORD', value: 'hunter2' },
        { name: 'MODE', value: 'fast' },
      ],
      password: 'hunter2',
      tokenFile: '/var/run/token',
    },
  }
  t.deepEqual(redact(given), {
    metadata: { name: 'x' },
    spec: {
      credentialsSecret: { name: 's3-keys' },
      env: [
        { name: 'DB_PASSWORD', value: '[redacted]' },
        { name: 'MODE', value: 'fast' },
      ],
      password: '[redacted]',
      tokenFile: '/var/run/token',
    },
  })
})

for (const [line, hidden] of [
  ['Authorization: Bearer abcdefgh12345678', 'abcdefgh'],
  ['token eyJhbGciOiJSUzI1.eyJpc3MiOiJr.c2lnbmF0dXJl end', 'eyJhbGci'],
  ['{"secretKey":"wJalrXUtnFEMI"}', 'wJalr'],
  ['key AKIAIOSFODNN7EXAMPLE used', 'AKIAIOSFODNN7EXAMPLE'],
  ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', 'MIIE'],
] as const)
  test(`taken out of logs: ${hidden}`, (t) => {
    t.false(redactText(line).includes(hidden))
    t.true(redactText(line).includes('[redacted]'))
  })

test('ordinary log lines stay as they are', (t) => {
  const line = '{"level":"info","peer":"12D3KooWabc","msg":"drain ordered","secretless":true}'
  t.is(redactText(line), line)
})

test("the archive is one that the system's tar reads", (t) => {
  const files = [
    { path: 'status.txt', text: 'HEALTHY\n' },
    { path: 'logs/a.log', text: 'ü'.repeat(600) },
    { path: 'empty', text: '' },
  ]
  const archive = tar(files, Date.parse('2026-01-01T00:00:00Z'))
  t.deepEqual(
    execFileSync('tar', ['-tf', '-'], { input: archive }).toString().trim().split('\n'),
    files.map(({ path }) => path),
  )
  for (const { path, text } of files) t.is(execFileSync('tar', ['-xOf', '-', path], { input: archive }).toString(), text)
})
