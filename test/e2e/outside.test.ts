import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { kubectl, objects, tool, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, inDapp, NETWORK, waitFor } from '../../hack/cluster/network.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'

const POOLS = ['ltrk/tracker', 'lprv/pool-a', 'lprv/pool-b']
const PODS = ['pods', '-l', `lunarx.dev/network=${NETWORK}`]
const SERVICES = ['services', '-l', 'lunarx.dev/outside']

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly spec: { readonly ports?: readonly { readonly nodePort: number }[] }
}
const namedIn = (cluster: Cluster, what: readonly string[]): Promise<Named[]> => objects<Named>(cluster, ['-n', NAMESPACE, ...what])
const uids = async (cluster: Cluster): Promise<string[]> => (await namedIn(cluster, PODS)).map(({ metadata }) => metadata.uid).sort()

const expose = (cluster: Cluster, how: string): Promise<unknown> =>
  Promise.all(POOLS.map((pool) => kubectl(cluster, ['patch', '-n', NAMESPACE, pool, '--type=merge', '-p', `{"spec":{"expose":"${how}"}}`])))

/** What an operator gives to somebody outside: the configuration and a token; the owner secret is their own. */
async function outsider(cluster: Cluster, folder: string) {
  const write = (name: string, content: string | Buffer): string => {
    const file = join(folder, name)
    writeFileSync(file, content, { mode: 0o600 })
    return file
  }
  const read = (what: string, path: string): Promise<string> =>
    kubectl(cluster, ['get', '-n', NAMESPACE, what, '-o', `jsonpath={.data.${path}}`])
  const config = await read(`configmap/${NETWORK}-client`, 'outside\\.json')
  const owner = Buffer.from(await read('secret/dapp-owner', 'owner'), 'base64')
  const token = await kubectl(cluster, ['create', 'token', '-n', NAMESPACE, DAPP, '--audience', `lunarx.dev/${NETWORK}`])
  const env = {
    PATH: process.env['PATH'],
    LUNARX_CONFIG: write('outside.json', config),
    LUNARX_OWNER_FILE: write('owner', owner),
    LUNARX_TOKEN_FILE: write('token', token),
    LUNARX_STATE_DIR: join(folder, 'state'),
  }
  const lunarx = (...args: readonly string[]): Promise<string> =>
    tool(process.execPath, ['--conditions=source', 'node/cli/main.ts', ...args], env)
  return { config: JSON.parse(config) as { outside: { at: { host: string; dataPort: number } }[] }, write, lunarx }
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

const isOpen = ({ host, dataPort }: { readonly host: string; readonly dataPort: number }): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port: dataPort, timeout: 3_000 })
  const end = (state: boolean) => (): void => {
    socket.destroy()
    resolve(state)
  }
  socket.on('connect', end(true)).on('timeout', end(false)).on('error', end(false))
  return promise
}

test.serial('a client outside of the cluster enrols, puts and gets through node ports; taken back, nothing stays open', async (t) => {
  const cluster = await sampleNetwork()
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-outside-'))
  t.teardown(async () => {
    rmSync(folder, { recursive: true })
    await expose(cluster, 'None')
  })
  const before = await uids(cluster)
  await expose(cluster, 'NodePort')
  await waitFor(cluster, NAMESPACE, 'Exposed', 120)
  const { config, write, lunarx } = await outsider(cluster, folder)
  t.is(config.outside.length, before.length)

  const large = randomBytes(6_000_000)
  await lunarx('put', write('large', large), 'outside/large')
  await lunarx('put', write('small', large.subarray(0, 500)), 'outside/small')
  await lunarx('get', 'outside/large', join(folder, 'back'))
  t.is((await tool('sha256sum', [join(folder, 'back')], process.env)).slice(0, 64), sha256(large))
  // one object for those inside and outside: both name its holders alike
  t.is((await inDapp(cluster, NAMESPACE, 'lunarx get outside/large - | sha256sum')).slice(0, 64), sha256(large))
  await inDapp(cluster, NAMESPACE, 'echo from inside > /home/dapp/inside && lunarx put /home/dapp/inside outside/inside')
  t.is(await lunarx('get', 'outside/inside', '-'), 'from inside\n')

  const one = config.outside.at(-1)?.at ?? { host: '', dataPort: 0 }
  t.true(await isOpen(one))
  await expose(cluster, 'None')
  await until('no Service for those outside', 60_000, async () => ((await namedIn(cluster, SERVICES)).length === 0 ? true : undefined))
  await until('a closed port', 30_000, async () => ((await isOpen(one)) ? undefined : true))
  t.is(await kubectl(cluster, ['get', '-n', NAMESPACE, `configmap/${NETWORK}-client`, '-o', 'jsonpath={.data.outside\\.json}']), '')
  t.deepEqual(await uids(cluster), before, 'no pod was restarted')
})
