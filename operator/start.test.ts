/**
 * The operator as a process, with an API server that is not there. What it does with one: test/e2e/api/process.test.ts.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A kubeconfig for a server that nobody runs. */
const kubeconfig = (port: number): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'none', cluster: { server: `https://127.0.0.1:${port}` } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'nobody' } }],
    'current-context': 'none',
  })

test('without an API server it is alive, not ready, tells its metrics, and SIGTERM ends it with 0', async (t) => {
  t.timeout(60_000)
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-operator-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const [apiPort, healthPort] = [await freePort(), await freePort()]
  await writeFile(join(folder, 'kubeconfig'), kubeconfig(apiPort))
  const main = join(import.meta.dirname, 'main.ts')
  const args = [
    '--conditions=source',
    main,
    '--node-image',
    'none',
    '--health-port',
    String(healthPort),
    '--issuer-port',
    '0',
    '--leader-elect',
  ]
  const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') }
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  const ask = async (path: string): Promise<readonly [status: number, text: string]> => {
    const response = await fetch(`http://127.0.0.1:${healthPort}${path}`)
    return [response.status, await response.text()]
  }
  while ((await ask('/livez').catch(() => undefined)) === undefined) await sleep(50)
  while (!/rest_client_requests_total\{code="<error>"/.test((await ask('/metrics'))[1])) await sleep(50)
  t.deepEqual(await ask('/livez'), [200, 'ok\n'])
  t.is((await ask('/readyz'))[0], 503)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.deepEqual(await ended, [0, null])
})
