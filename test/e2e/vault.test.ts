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
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A file of the DApp pod that is sent. */
  readonly file?: string
  /** Its size is not stated; when the first half is sent `UNTIL.waited` is made, and before the second UNTIL is waited for. */
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
  const { existsSync, openAsBlob, readFileSync, writeFileSync } = require('node:fs')
  const [base, questions] = [process.argv[1], JSON.parse(process.argv[2])]
  async function* halves(file, until) {
    const bytes = readFileSync(file)
    yield bytes.subarray(0, bytes.length / 2)
    writeFileSync(until + '.waited', '')
    while (!existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 100))
    yield bytes.subarray(bytes.length / 2)
  }
  async function ask({ path, method, headers, file, until }) {
    const body = file && (until === undefined ? await openAsBlob(file) : halves(file, until))
    const response = await fetch(base + path, { method, headers, body, duplex: 'half', signal: AbortSignal.timeout(120_000) })
    const bytes = Buffer.from(await response.arrayBuffer())
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { status: response.status, headers: Object.fromEntries(response.headers), sha256, text: bytes.toString('utf8', 0, 4096) }
  }
  const main = async () => {
    const answers = []
    for (const question of questions) answers.push(await ask(question))
    console.log(JSON.stringify(answers))
  }
  void main()`

/** One after the other. @throws there is no way to the vault */
async function ask(cluster: Cluster, questions: readonly Question[], base = `http://${VAULT}`): Promise<Answer[]> {
  const asked = questions.map((question) => ({ ...question, headers: { authorization: `Bearer ${TOKEN}`, ...question.headers } }))
  const args = ['exec', '-n', NAMESPACE, DAPP, '--', 'node', '-e', ASK, '--', base, JSON.stringify(asked)]
  return JSON.parse(await kubectl(cluster, args)) as Answer[]
}

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status)

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

const LARGE = '/documents/reports%2Flarge'
const SLOW = '/documents/slow'
const NOTE = '/documents/note'
const FILE = { large: '/home/dapp/large', note: '/home/dapp/note', excess: '/home/dapp/excess', go: '/home/dapp/go' }

test.serial('the document vault keeps documents, however its pod ends', async (t) => {
  const cluster = await sampleNetwork()
  t.teardown(() => stopVault(cluster))
  await startVault(cluster)
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
  await shell(
    'cd /home/dapp && head -c 6000000 /dev/urandom > large && echo a note > note && head -c 9000000 /dev/zero > excess; rm -f go go.waited',
  )

  // closed by its policy, until this pod is labelled for it
  await t.throwsAsync(shell(`node -e 'fetch("http://${VAULT}/readyz", { signal: AbortSignal.timeout(3000) })'`))
  await kubectl(cluster, ['label', '-n', NAMESPACE, `pod/${DAPP}`, `${VAULT}-client=true`])
  await until('an open way to the vault', 30_000, () => ask(cluster, [{ path: '/readyz' }]))

  const kept = await ask(cluster, [
    { path: LARGE, method: 'PUT', file: FILE.large },
    { path: NOTE, method: 'PUT', file: FILE.note, until: FILE.note },
    { path: LARGE },
    { path: LARGE, headers: { range: 'bytes=1000000-1499999' } },
    { path: NOTE, headers: { range: 'bytes=-5' } },
    { path: '/' },
  ])
  t.deepEqual(statuses(kept), [201, 201, 200, 206, 206, 200])
  const [, , whole, part, end, listed] = kept
  const hashes = await shell(
    'cd /home/dapp; for of in "cat large" "lunarx get documents/reports/large -"; do $of | sha256sum; done; tail -c +1000001 large | head -c 500000 | sha256sum',
  )
  const [ofLarge, ofObject, ofPart] = hashes.split('\n').map((line) => line.slice(0, 64))
  t.deepEqual([whole?.sha256, part?.sha256, end?.text], [ofLarge, ofPart, 'note\n'])
  t.is(whole?.headers['content-length'], '6000000')
  t.is(part?.headers['content-range'], 'bytes 1000000-1499999/6000000')
  t.is(ofObject, ofLarge, 'it is an object of its owner like any other')
  const names = (answer: Answer | undefined): string[] =>
    (answer?.text ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { name: string }).name)
      .toSorted()
  t.deepEqual(names(listed), ['note', 'reports/large'])

  // what is refused says why, and leaves nothing
  const refused = await ask(cluster, [
    { path: LARGE, headers: { authorization: 'Bearer guess' } },
    { path: '/documents/none' },
    { path: LARGE, headers: { range: 'bytes=6000000-' } },
    { path: '/documents/excess', method: 'PUT', file: FILE.excess },
    { path: '/documents/excess', method: 'PUT', file: FILE.excess, until: FILE.excess },
    { path: `/documents/${'n'.repeat(1100)}`, method: 'PUT', file: FILE.note },
  ])
  t.deepEqual(
    refused.map(({ status, text }) => [status, (JSON.parse(text) as { code: string }).code]),
    [
      [401, 'UNAUTHORIZED'],
      [404, 'NAME_NOT_FOUND'],
      [416, 'RANGE_NOT_SATISFIABLE'],
      [413, 'CONTENT_TOO_LARGE'],
      [413, 'CONTENT_TOO_LARGE'],
      [400, 'BAD_NAME'],
    ],
  )

  // told to stop while a document comes in: it is taken to its end
  const first = await vaultPod(cluster)
  const base = `http://${first.status.podIP}:8080`
  const slow = ask(cluster, [{ path: SLOW, method: 'PUT', file: FILE.large, until: FILE.go }], base)
  await until('half a document', 60_000, () => shell(`test -e ${FILE.go}.waited`))
  await kubectl(cluster, ['delete', '-n', NAMESPACE, `pod/${first.metadata.name}`, '--wait=false'])
  const listens = (): Promise<boolean> =>
    ask(cluster, [{ path: '/readyz' }], base).then(
      () => true,
      () => false,
    )
  await until('a vault that listens no more', 60_000, async () => ((await listens()) ? undefined : true))
  await shell(`touch ${FILE.go}`)
  t.deepEqual(statuses(await slow), [201])

  // killed: the next pod has it all, and no more
  await ready(cluster)
  await kubectl(cluster, ['delete', '-n', NAMESPACE, `pod/${(await vaultPod(cluster)).metadata.name}`, '--force', '--grace-period=0'])
  await ready(cluster)
  const after = await ask(cluster, [{ path: LARGE }, { path: SLOW }, { path: '/' }])
  t.deepEqual([after[0]?.sha256, after[1]?.sha256], [ofLarge, ofLarge])
  t.deepEqual(names(after[2]), ['note', 'reports/large', 'slow'])

  const removed = await ask(cluster, [...[LARGE, SLOW, NOTE].map((path) => ({ path, method: 'DELETE' })), { path: LARGE }, { path: '/' }])
  t.deepEqual(statuses(removed), [204, 204, 204, 404, 200])
  t.deepEqual(names(removed[4]), [])
})
