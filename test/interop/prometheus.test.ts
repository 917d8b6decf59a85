/**
 * Prometheus's own tools judge what we give it: metrics of real processes, rules, and whether each alert fires when it should.
 *
 * @module
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SystemClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { SystemRandom } from '@lunarx/runtime/random'
import { Controller, KubeMetrics, serveHealth } from '@lunarx/operator/kube'
import { NetworkMetrics } from '@lunarx/operator/controllers'
import test, { type ExecutionContext } from 'ava'
import { ALERTS_FILE } from '../../hack/observe/alerts.ts'
import { metricsOfCode } from '../../hack/observe/metrics-of-code.ts'
import { prometheusPrograms } from '../../hack/servers/programs.ts'
import { startNetwork } from '../../node/cli/dev/_network.test.ts'
import { command, mustRun } from './command.ts'
import { scrapeConfig } from './scrape-config.ts'
import { scratchFolder } from './scratch.ts'

const FOR = 'to judge metrics and alerts'
let promtool = ''
test.before(async () => {
  promtool = (await prometheusPrograms()).promtool
})

async function passesLint(t: ExecutionContext, what: string, text: string): Promise<void> {
  const { status, stdout, stderr } = await command(promtool, ['check', 'metrics'], FOR, { input: text })
  t.is(status, 0, `${what}: ${stdout.toString()}${stderr}`)
  t.is(stderr, '', what)
  const known = new Set((await metricsOfCode()).map(({ name }) => name))
  const told = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name)
  t.true(told.length > 10)
  t.deepEqual(
    told.filter((name) => !known.has(name)),
    [],
    `${what}: not in docs/METRICS.md`,
  )
}

const scrape = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

test('the alert rules are rules', async (t) => {
  t.regex((await mustRun(promtool, ['check', 'rules', ALERTS_FILE], FOR)).toString(), /SUCCESS: \d+ rules found/)
})

test('each alert fires on what it is for, and is quiet on what looks like it', async (t) => {
  const said = await mustRun(promtool, ['test', 'rules', join(import.meta.dirname, 'alerts.yaml')], FOR)
  t.regex(said.toString(), /SUCCESS/)
})

test('the example of a scrape configuration is one', async (t) => {
  await using folder = await scratchFolder()
  await writeFile(join(folder.path, 'targets.json'), '[]')
  await writeFile(join(folder.path, 'prometheus.yml'), scrapeConfig('targets.json'))
  const said = await mustRun(promtool, ['check', 'config', join(folder.path, 'prometheus.yml')], FOR)
  t.regex(said.toString(), /SUCCESS/)
})

interface RunConfig {
  readonly listen: { readonly healthPort: number }
}

test('metrics of a tracker and of a provider, real processes that were put to and got from, are as Prometheus wants them', async (t) => {
  t.timeout(180_000)
  await using folder = await scratchFolder()
  const { network, child } = await startNetwork(folder.path)
  try {
    const { config, ownerFile, tokenFile, stateDir } = network.paths
    const env = { LUNARX_CONFIG: config, LUNARX_OWNER_FILE: ownerFile, LUNARX_TOKEN_FILE: tokenFile, LUNARX_STATE_DIR: stateDir }
    const lunarx = (args: readonly string[], input = '') =>
      mustRun(process.execPath, ['--conditions=source', 'node/cli/main.ts', ...args], FOR, { input, env })
    const text = 'seen by Prometheus'.repeat(100_000)
    await lunarx(['put', '-', 'object'], text)
    t.is((await lunarx(['get', 'object', '-'])).toString(), text)
    for (const name of ['tracker-0', 'provider-0']) {
      const { listen } = JSON.parse(readFileSync(join(folder.path, name, 'run.json'), 'utf8')) as RunConfig
      await passesLint(t, name, await scrape(listen.healthPort))
    }
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
})

test('metrics of the operator, with reconciliations that succeeded and failed, are as Prometheus wants them', async (t) => {
  const metrics = new KubeMetrics()
  const clock = new SystemClock()
  const deps = { clock, random: new SystemRandom(), log: new Trace(clock).log('operator'), metrics }
  using controller = new Controller(
    'network',
    (key) => (key === 'good' ? Promise.resolve({}) : Promise.reject(new Error('refused, on purpose'))),
    deps,
  )
  const stop = new AbortController()
  const running = controller.run(stop.signal)
  for (const key of ['good', 'bad']) controller.queue.add(key)
  new NetworkMetrics(metrics).see('ns/lunar', { conditions: [], epoch: 3 }, { fleet: undefined })
  while (!/controller_runtime_reconcile_errors_total\{controller="network"\} [1-9]/.test(await metrics.text())) await clock.sleep(5)
  await using health = await serveHealth(0, {
    failures: () => [],
    isReady: () => true,
    contentType: metrics.contentType,
    metrics: () => metrics.text(),
  })
  const text = await scrape(health.port)
  await passesLint(t, 'operator', text)
  for (const name of ['reconcile_total', 'reconcile_errors_total', 'reconcile_time_seconds', 'active_workers', 'max_concurrent_reconciles'])
    t.regex(text, new RegExp(`^controller_runtime_${name}.*controller="network"`, 'm'))
  stop.abort()
  await running
})
