/**
 * A put and a get through a local network of real processes, as the OpenTelemetry collector receives them: each one trace, with spans of
 * client, tracker and provider.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import test from 'ava'
import { startCollector } from '../../hack/servers/otel-collector.ts'
import { startNetwork } from '../../node/cli/dev/_network.test.ts'
import { command } from './command.ts'
import { scratchFolder } from './scratch.ts'
import { EXCHANGES_OF, SERVICES, servicesOf, traceOf } from './traces.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'node', 'cli', 'main.ts')
const MINUTE = 60_000

test('a put and a get are each one trace of client, tracker and provider at a real collector', async (t) => {
  t.timeout(10 * MINUTE)
  await using scratch = await scratchFolder()
  await using collector = await startCollector(scratch.path)
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }
  const { network, child } = await startNetwork(join(scratch.path, 'net'), undefined, tracing)
  try {
    const { config, ownerFile, tokenFile, stateDir } = network.paths
    const env = {
      LUNARX_CONFIG: config,
      LUNARX_OWNER_FILE: ownerFile,
      LUNARX_TOKEN_FILE: tokenFile,
      LUNARX_STATE_DIR: stateDir,
      ...tracing,
    }
    const lunarx = (args: readonly string[], input?: Uint8Array) =>
      command(process.execPath, ['--conditions=source', MAIN, ...args], 'to put and get', { env, ...(input ? { input } : {}) })
    const object = randomBytes(300_000)
    const put = await lunarx(['put', '-', 'hidden/name'], object)
    t.is(put.status, 0, put.stderr)
    const got = await lunarx(['get', 'hidden/name', '-'])
    t.is(Buffer.compare(got.stdout, object), 0, got.stderr)
    for (const [operation, exchanges] of EXCHANGES_OF) {
      const trace = await traceOf(collector, operation, exchanges)
      t.deepEqual(servicesOf(trace), SERVICES)
      t.is(trace.filter(({ parentId }) => parentId === '').length, 1)
    }
    t.false(JSON.stringify(await collector.spans()).includes('hidden/name'))
  } finally {
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
  }
})
