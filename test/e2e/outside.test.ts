import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createHash, randomBytes } from 'node:crypto'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@lunarx/client/connect'
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
  const files = {
    config: write('outside.json', config),
    ownerFile: write('owner', owner),
    tokenFile: write('token', token),
    stateDir: join(folder, 'state'),
  }
  return { addresses: (JSON.parse(config) as { outside: { at: { host: string; dataPort: number } }[] }).outside.map(({ at }) => at), files }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk))
  return Buffer.concat(parts)
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const isOpen = ({ host, dataPort }: { readonly host: string; readonly dataPort: number }): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = dial({ host, port: dataPort, timeout: 3_000 })
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
  const { addresses, files } = await outsider(cluster, folder)
  t.is(addresses.length, before.length)

  const object = randomBytes(6_000_000)
  {
    await using client = await connect(files, {})
    await client.put('outside/large', object)
    await client.put('outside/small', object.subarray(0, 500))
    t.is(sha256(await collect(client.get('outside/large'))), sha256(object))
    t.is(sha256(await collect(client.get('outside/small'))), sha256(object.subarray(0, 500)))
  }
  // one object for those inside and outside: both name its holders alike
  t.is((await inDapp(cluster, NAMESPACE, 'lunarx get outside/large - | sha256sum')).slice(0, 64), sha256(object))
  await inDapp(cluster, NAMESPACE, 'echo from inside > /home/dapp/inside && lunarx put /home/dapp/inside outside/inside')
  const { config, ownerFile, stateDir } = files
  const environment = { PATH: process.env['PATH'], LUNARX_CONFIG: config, LUNARX_OWNER_FILE: ownerFile, LUNARX_STATE_DIR: stateDir }
  const get = ['--conditions=source', 'node/cli/main.ts', 'get', 'outside/inside', '-']
  t.is(await tool(process.execPath, get, environment), 'from inside\n')

  const one = addresses.at(-1) ?? { host: '', dataPort: 0 }
  t.true(await isOpen(one))
  await expose(cluster, 'None')
  await until('no Service for those outside', 60_000, async () => ((await namedIn(cluster, SERVICES)).length === 0 ? true : undefined))
  await until('a closed port', 30_000, async () => ((await isOpen(one)) ? undefined : true))
  const told = ['get', '-n', NAMESPACE, `configmap/${NETWORK}-client`, '-o', 'jsonpath={.data.outside\\.json}']
  await until('no word of addresses outside', 30_000, async () => ((await kubectl(cluster, told)) === '' ? true : undefined))
  t.deepEqual(await uids(cluster), before, 'no pod was restarted')
})
