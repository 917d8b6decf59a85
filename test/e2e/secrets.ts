/**
 * What must be in no log and no report of a network: its key, the keys of its pods and of the issuer, tokens, the owner secret. Every secret
 * in all forms in which it could turn up.
 *
 * @module
 */
import type { ExecutionContext } from 'ava'
import { kubectl, objects, ToolError, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, NETWORK, SYSTEM } from '../../hack/cluster/network.ts'

/** Shorter forms would be found by chance. */
const LEAST_CHARACTERS = 14
/** The peer's key, on the volume of each pod: node/net/identity. */
const SEED_FILE = '/data/files/identity.seed'
const TOKEN_FILE = '/var/run/secrets/lunarx/token'
const COMPONENTS = ['tracker', 'provider', 'verifier']

/** A value in the forms in which it could turn up; bytes also as programs print them that take them for a list, or for an object. */
export function formsOf(value: Uint8Array | string): string[] {
  const bytes = Buffer.from(value)
  const encoded = (['hex', 'base64', 'base64url'] as const).map((form) => bytes.toString(form))
  const printed = [[...bytes].join(','), [...bytes].join(', '), JSON.stringify(Uint8Array.from(bytes)).slice(1, -1)]
  return [...(typeof value === 'string' ? [value] : []), ...encoded, ...printed]
}

/** Of a text of several lines, a PEM say, what is in its first. */
const firstLineOf = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .split('\n')
    .find((line) => line.length >= LEAST_CHARACTERS && !line.startsWith('---')) ?? ''

interface SecretObject {
  readonly data?: Readonly<Record<string, string>>
}

/** By name of what it is. */
export type Secrets = ReadonlyMap<string, readonly string[]>

/** Of Kubernetes Secrets: key of the network, key of the issuer, owner secret of the DApp. @throws {Error} one is empty */
export async function secretsIn(cluster: Cluster, namespace: string): Promise<Secrets> {
  const named = [
    [SYSTEM, `${namespace}.${NETWORK}-key`, 'seed'],
    [SYSTEM, 'lunarx-operator-issuer', 'tls.key'],
    [namespace, 'dapp-owner', 'owner'],
  ] as const
  const found = named.map(async ([where, name, field]) => {
    const [secret] = await objects<SecretObject>(cluster, ['secret', '-n', where, name])
    const bytes = Buffer.from(secret?.data?.[field] ?? '', 'base64')
    if (bytes.length < 16) throw new Error(`Secret ${name} of the test is empty`)
    const isText = bytes.every((byte) => byte < 0x80)
    const forms = [...formsOf(bytes), bytes.toString('latin1'), ...(isText ? [firstLineOf(bytes)] : [])]
    return [name, forms.filter((form) => form.length >= LEAST_CHARACTERS)] as const
  })
  return new Map(await Promise.all(found))
}

interface RunningPod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] }
}

const COMPONENT = 'app.kubernetes.io/component'
const componentOf = ({ metadata: { labels } }: RunningPod): string => labels?.[COMPONENT] ?? ''

const inPod = (cluster: Cluster, namespace: string, pod: string, program: string): Promise<string> =>
  kubectl(cluster, ['exec', '-n', namespace, pod, '--', 'node', '-p', program])

/** The signature of a token: without it the rest is of no use, and may be said. */
const signatureIn = (token: string): string => token.trim().split('.')[2] ?? ''

/** What is in the pods themselves: their keys, the tokens that they enrol with, that of the DApp. */
async function secretsOfPods(cluster: Cluster, namespace: string, pods: readonly RunningPod[]): Promise<Secrets> {
  const token = (pod: string) => inPod(cluster, namespace, pod, `require('node:fs').readFileSync('${TOKEN_FILE}', 'utf8')`)
  const found = pods.map(async ({ metadata: { name } }) => {
    const seed = Buffer.from(
      (await inPod(cluster, namespace, name, `require('node:fs').readFileSync('${SEED_FILE}', 'hex')`)).trim(),
      'hex',
    )
    if (seed.length !== 32) throw new Error(`${name} has no key in ${SEED_FILE}`)
    const secrets: [string, readonly string[]][] = [
      [`key of ${name}`, formsOf(seed)],
      [`token of ${name}`, [signatureIn(await token(name))]],
    ]
    return secrets
  })
  return new Map([[`token of ${DAPP}`, [signatureIn(await token(DAPP))]], ...(await Promise.all(found)).flat()])
}

/** All that the containers of a pod wrote, and those before them. */
async function logsOf(cluster: Cluster, namespace: string, { metadata: { name }, status }: RunningPod): Promise<string> {
  const read = (...more: string[]): Promise<string> => kubectl(cluster, ['logs', '-n', namespace, name, '--all-containers', ...more])
  const restarts = status.containerStatuses?.some(({ restartCount }) => restartCount > 0) ?? false
  // the kubelet may have removed it already, or one of several containers never started again
  const previous = restarts
    ? await read('--previous').catch((error: unknown) => (error instanceof ToolError ? '' : Promise.reject(error)))
    : ''
  return previous + (await read())
}

/** Names of the secrets that are in a text. */
export const secretsFoundIn = (text: string, secrets: Secrets): string[] =>
  [...secrets].filter(([, forms]) => forms.some((form) => text.includes(form))).map(([name]) => name)

/**
 * Searches the raw logs of every tracker, provider and verifier of the network and of the operator, previous containers too.
 *
 * @param more secrets of the test’s own: name → value
 * @returns kinds of pods whose logs were searched, sorted: `operator`, `provider`, `tracker`, `verifier`
 */
export async function assertNoSecretsIn(
  t: ExecutionContext,
  cluster: Cluster,
  namespace: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const pods = await objects<RunningPod>(cluster, ['-n', namespace, 'pods', '-l', `${COMPONENT} in (${COMPONENTS.join(',')})`])
  const operators = await objects<RunningPod>(cluster, ['-n', SYSTEM, 'pods', '-l', 'app.kubernetes.io/name=lunarx-operator'])
  const own = Object.entries(more).map(([name, value]) => [name, formsOf(value)] as const)
  const inPods = await until('keys and tokens of pods', 120_000, () => secretsOfPods(cluster, namespace, pods))
  const secrets: Secrets = new Map([...(await secretsIn(cluster, namespace)), ...inPods, ...own])
  for (const [name, forms] of secrets)
    for (const form of forms) {
      t.true(form.length >= LEAST_CHARACTERS, name)
      t.deepEqual(secretsFoundIn(`before ${form} after`, new Map([[name, forms]])), [name], 'what is looked for would be found')
    }
  const logs = [...pods.map((pod) => [namespace, pod] as const), ...operators.map((pod) => [SYSTEM, pod] as const)]
  for (const [where, pod] of logs) {
    const text = await logsOf(cluster, where, pod)
    t.true(text.length > 0, `${pod.metadata.name} has written something`)
    t.deepEqual(secretsFoundIn(text, secrets), [], pod.metadata.name)
  }
  return [...new Set(logs.map(([, pod]) => componentOf(pod)))].sort()
}
