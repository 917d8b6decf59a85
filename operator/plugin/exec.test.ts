import test, { type ExecutionContext } from 'ava'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execByKubectl, reasonIn, type ExecLimits } from './exec.ts'

const TARGET = { namespace: 'storage', pod: 'tracker-0', container: 'tracker', command: ['lunarx', 'admin', 'status'] }
const LIMITS: ExecLimits = { maxBytes: 1_000, timeoutMs: 60_000 }

/** A program in the place of kubectl. */
async function programOf(t: ExecutionContext, script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-exec-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const program = join(folder, 'kubectl')
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return program
}

test('the command runs in the container of the pod, on the cluster that was named', async (t) => {
  const run = execByKubectl(['--context=lab'], await programOf(t, 'echo "$@"'))
  t.is(await run(TARGET, LIMITS), '--context=lab exec -n storage tracker-0 -c tracker -- lunarx admin status\n')
})

for (const [title, script, limits, code, message] of [
  [
    'it fails: what it said first',
    'echo out; echo >&2; echo "lunarx: CREDENTIAL_EXPIRED" >&2; exit 1',
    LIMITS,
    'PEER_UNREACHABLE',
    /^lunarx: CREDENTIAL_EXPIRED$/,
  ],
  ['it fails without a word', 'exit 7', LIMITS, 'PEER_UNREACHABLE', /it said nothing/],
  ['it says more than it may', 'head -c 2000 /dev/zero', LIMITS, 'BAD_MESSAGE', /tracker-0 says more than 1000 bytes/],
  ['it complains more than it may', 'head -c 2000 /dev/zero >&2', LIMITS, 'BAD_MESSAGE', /more than 1000 bytes/],
  ['it never ends', 'exec sleep 600', { ...LIMITS, timeoutMs: 50 }, 'TIMEOUT', /tracker-0 did not answer within 0.05 s/],
] as const)
  test(`a command in a pod: ${title}`, async (t) => {
    await t.throwsAsync(execByKubectl([], await programOf(t, script))(TARGET, limits), { code, message })
  })

test('without kubectl nothing can be asked, which no other tracker would change', async (t) => {
  await t.throwsAsync(execByKubectl([], join(tmpdir(), 'no-such-kubectl'))(TARGET, LIMITS), { code: 'BAD_CONFIG', message: /no kubectl/ })
})

test('what a pod says moves no cursor, and is short', (t) => {
  t.is(reasonIn('\u001B[2J\u001B[1;1Hall is well\u0007\nmore'), '[2J[1;1Hall is well')
  t.is(reasonIn('x'.repeat(10_000)).length, 300)
})
