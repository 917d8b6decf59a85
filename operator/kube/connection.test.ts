import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from './connection.ts'
import { KubeMetrics } from './metrics.ts'

const kubeconfig = (server: unknown): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'a', cluster: { server } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    users: [{ name: 'a', user: {} }],
    'current-context': 'a',
  })

const cases: [title: string, text: string | undefined, context: string | undefined, message: RegExp][] = [
  ['is not there', undefined, undefined, /cannot be read: .*ENOENT/],
  ['is no YAML', 'clusters: [', undefined, /cannot be read: /],
  ['has no such context', kubeconfig('https://127.0.0.1:1'), 'other', /names no cluster for context other/],
  ['has no URL', kubeconfig('nowhere'), undefined, /no URL for its cluster: "nowhere"/],
]
for (const [title, text, context, message] of cases)
  test(`a kubeconfig that ${title} is told in a sentence`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'lunarx-kubeconfig-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'config')
    if (text !== undefined) writeFileSync(file, text)
    const error = t.throws(() => new Connection(new KubeMetrics(), file, context), { instanceOf: LunarError })
    t.is(error?.code, 'BAD_CONFIG')
    t.regex(error?.message ?? '', message)
  })

test('a server that does not answer is named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-kubeconfig-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'config')
  writeFileSync(file, kubeconfig('http://127.0.0.1:1'))
  using connection = new Connection(new KubeMetrics(), file)
  const error = await t.throwsAsync(connection.send({ method: 'GET', path: '/version' }), { instanceOf: LunarError })
  t.is(error?.code, 'CLUSTER_UNREACHABLE')
  t.regex(error?.message ?? '', /cannot be reached at 127\.0\.0\.1:1/)
})
