/**
 * The document vault of the samples: run as its manifest says, asked over HTTP from another pod.
 *
 * @module
 */
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, inDapp } from '../../hack/cluster/network.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'

const VAULT = 'document-vault'
const TOKEN = 'the token of the test'
const MAX_BYTES = 8_000_000

const apply = (cluster: Cluster, input: string): Promise<string> => kubectl(cluster, ['apply', '-n', NAMESPACE, '-f', '-'], { input })

/** As the sample says, but for the image, and the size of documents. */
async function startVault(cluster: Cluster): Promise<void> {
  const built = await kubectl(cluster, ['kustomize', `config/samples/${VAULT}`])
  const owner = await kubectl(cluster, ['get', '-n', NAMESPACE, 'secret', 'dapp-owner', '-o', 'jsonpath={.data.owner}'])
  const data = { owner, token: Buffer.from(TOKEN).toString('base64') }
  await apply(cluster, JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: VAULT }, data }))
  await apply(
    cluster,
    built.replace(/image: \S*lunarx-node\S*/, `image: ${cluster.images.node}`).replace('value: "10737418240"', `value: "${MAX_BYTES}"`),
  )
  await ready(cluster)
}

const ready = (cluster: Cluster): Promise<string> =>
  kubectl(cluster, ['rollout', 'status', '-n', NAMESPACE, `deployment/${VAULT}`, '--timeout=120s'])

async function stopVault(cluster: Cluster): Promise<void> {
  const what = [`deployment/${VAULT}`, `service/${VAULT}`, `networkpolicy/${VAULT}`, `secret/${VAULT}`]
  await kubectl(cluster, ['delete', '-n', NAMESPACE, '--ignore-not-found', ...what])
  await kubectl(cluster, ['label', '-n', NAMESPACE, `pod/${DAPP}`, `${VAULT}-client-`])
}

interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A file of the DApp pod that is sent. */
  readonly file?: string
  /** Its size is not stated; before the second half this file is waited for. */
  readonly until?: string
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly sha256: string
  /** At most 4 kB of it. */
  readonly text: string
}

/** Runs in the DApp pod. */
const ASK = `
  const { createHash } = require('node:crypto')
  const { existsSync, openAsBlob, readFileSync } = require('node:fs')
  const [base, path, { method, headers, file, until }] = [process.argv[1], process.argv[2], JSON.parse(process.argv[3])]
  async function* halves() {
    const bytes = readFileSync(file)
    yield bytes.subarray(0, bytes.length / 2)
    while (until && !existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 100))
    yield bytes.subarray(bytes.length / 2)
  }
  const main = async () => {
    const body = file && (until === undefined ? await openAsBlob(file) : halves())
    const response = await fetch(base + path, { method, headers, body, duplex: 'half', signal: AbortSignal.timeout(60_000) })
    const bytes = Buffer.from(await response.arrayBuffer())
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    console.log(JSON.stringify({ status: response.status, headers: Object.fromEntries(response.headers), sha256, text: bytes.toString('utf8', 0, 4096) }))
  }
  void main()`

async function ask(cluster: Cluster, path: string, question: Question = {}, base = `http://${VAULT}`): Promise<Answer> {
  const asked = { ...question, headers: { authorization: `Bearer ${TOKEN}`, ...question.headers } }
  const args = ['exec', '-n', NAMESPACE, DAPP, '--', 'node', '-e', ASK, '--', base, path, JSON.stringify(asked)]
  return JSON.parse(await kubectl(cluster, args)) as Answer
}

const codeOf = ({ text }: Answer): string => (JSON.parse(text) as { code: string }).code

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly status: { readonly podIP?: string }
}

async function vaultPod(cluster: Cluster): Promise<Pod> {
  const pods = await objects<Pod>(cluster, ['-n', NAMESPACE, 'pods', '-l', `app.kubernetes.io/name=${VAULT}`])
  const pod = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined)
  if (!pod) throw new Error('no pod of the vault')
  return pod
}

test.serial('the document vault keeps documents, however its pod ends', async (t) => {
  const cluster = await sampleNetwork()
  t.teardown(() => stopVault(cluster))
  await startVault(cluster)
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
  const hashOf = async (script: string): Promise<string> => (await shell(`${script} | sha256sum`)).slice(0, 64)
  await shell('cd /home/dapp && head -c 6000000 /dev/urandom > large && echo a note > note && head -c 9000000 /dev/zero > excess; rm -f go')

  // closed by its policy, until this pod is labelled for it
  await t.throwsAsync(shell(`node -e 'fetch("http://${VAULT}/readyz", { signal: AbortSignal.timeout(3000) })'`))
  await kubectl(cluster, ['label', '-n', NAMESPACE, `pod/${DAPP}`, `${VAULT}-client=true`])
  await until('an open way to the vault', 30_000, async () => ((await ask(cluster, '/readyz')).status === 200 ? true : undefined))

  const large = '/documents/reports%2Flarge'
  t.like(await ask(cluster, large, { method: 'PUT', file: '/home/dapp/large' }), { status: 201 })
  t.like(await ask(cluster, '/documents/note', { method: 'PUT', file: '/home/dapp/note', until: '/home/dapp/note' }), { status: 201 })
  const whole = await ask(cluster, large)
  t.is(whole.headers['content-length'], '6000000')
  t.is(whole.sha256, await hashOf('cat /home/dapp/large'))
  const part = await ask(cluster, large, { headers: { range: 'bytes=1000000-1499999' } })
  t.like(part, { status: 206, sha256: await hashOf('tail -c +1000001 /home/dapp/large | head -c 500000') })
  t.is(part.headers['content-range'], 'bytes 1000000-1499999/6000000')
  t.like(await ask(cluster, '/documents/note', { headers: { range: 'bytes=-5' } }), { status: 206, text: 'note\n' })
  t.is(await hashOf('lunarx get documents/reports/large -'), whole.sha256, 'it is an object of its owner like any other')

  // what is refused says why, and leaves nothing
  t.like(await ask(cluster, large, { headers: { authorization: 'Bearer guess' } }), { status: 401 })
  const none = await ask(cluster, '/documents/none')
  t.deepEqual([none.status, codeOf(none)], [404, 'NAME_NOT_FOUND'])
  t.is((await ask(cluster, large, { headers: { range: 'bytes=6000000-' } })).headers['content-range'], 'bytes */6000000')
  for (const size of [{}, { until: '/home/dapp/excess' }]) {
    const excess = await ask(cluster, '/documents/excess', { method: 'PUT', file: '/home/dapp/excess', ...size })
    t.deepEqual([excess.status, codeOf(excess)], [413, 'CONTENT_TOO_LARGE'])
  }
  const long = await ask(cluster, `/documents/${'n'.repeat(1100)}`, { method: 'PUT', file: '/home/dapp/note' })
  t.deepEqual([long.status, codeOf(long)], [400, 'BAD_NAME'])
  const listed = (await ask(cluster, '/')).text.trim().split('\n')
  t.deepEqual(listed.map((line) => (JSON.parse(line) as { name: string }).name).toSorted(), ['note', 'reports/large'])

  // told to stop while a document comes in: it is taken to its end
  const first = await vaultPod(cluster)
  const slow = ask(cluster, '/documents/slow', { method: 'PUT', file: '/home/dapp/large', until: '/home/dapp/go' })
  await until('a document that is coming in', 30_000, async () =>
    (await established(cluster, first.metadata.name)) > 0 ? true : undefined,
  )
  await kubectl(cluster, ['delete', '-n', NAMESPACE, `pod/${first.metadata.name}`, '--wait=false'])
  await until('a vault that listens no more', 60_000, async () =>
    ask(cluster, '/readyz', {}, `http://${first.status.podIP}:8080`).then(
      () => undefined,
      () => true,
    ),
  )
  await shell('touch /home/dapp/go')
  t.like(await slow, { status: 201 })

  // killed: the next pod has it all
  await ready(cluster)
  await kubectl(cluster, ['delete', '-n', NAMESPACE, `pod/${(await vaultPod(cluster)).metadata.name}`, '--force', '--grace-period=0'])
  await ready(cluster)
  for (const path of [large, '/documents/slow']) t.is((await ask(cluster, path)).sha256, whole.sha256)

  for (const path of [large, '/documents/slow', '/documents/note']) t.is((await ask(cluster, path, { method: 'DELETE' })).status, 204)
  t.is((await ask(cluster, large)).status, 404)
  t.is((await ask(cluster, '/')).text, '')
})

/** Connections to port 8080 that are open, as the kernel of the pod lists them. */
async function established(cluster: Cluster, pod: string): Promise<number> {
  const listed = await kubectl(cluster, ['exec', '-n', NAMESPACE, pod, '--', 'cat', '/proc/net/tcp', '/proc/net/tcp6'])
  return listed.split('\n').filter((line) => /^\s*\d+: \S+:1F90 \S+ 01 /.test(line)).length
}
