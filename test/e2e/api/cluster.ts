/**
 * The API server that KUBECONFIG names, for tests of the operator against a real one: a namespace per test file, removed afterwards.
 *
 * @module
 */
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import { Connection, hasStatus, KubeClient, KubeMetrics, KINDS, type KubeObject, type ResourceKind } from '@lunarx/operator/kube'
import { customResourceDefinition, LUNAR_NETWORK, PROVIDER, TRACKER } from '@lunarx/operator/api'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { SystemClock } from '@lunarx/runtime/clock'
import { pinoLog } from '@lunarx/runtime/log'
import { SystemRandom } from '@lunarx/runtime/random'

export const NAMESPACE_KIND: ResourceKind = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
export const CRD_KIND: ResourceKind = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
}

export interface Conditioned extends KubeObject {
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason: string
      readonly message: string
      readonly observedGeneration?: number
    }[]
  }
}

export function openCluster() {
  const kubeconfig = process.env['KUBECONFIG']
  if (kubeconfig === undefined) throw new Error('KUBECONFIG names no cluster: run these tests by `npm run test:e2e`')
  const metrics = new KubeMetrics()
  const connection = new Connection(metrics, kubeconfig)
  const level = process.env['LOG_LEVEL'] === 'debug' ? 'debug' : 'error'
  const deps = { clock: new SystemClock(), random: new SystemRandom(), log: pinoLog({ level }), metrics, crypto: nodeCrypto }
  return { connection, client: new KubeClient(connection), deps }
}
export type OpenedCluster = ReturnType<typeof openCluster>

/** Polls until the answer is not undefined. Fails after two minutes, which no test should come near. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 480; attempt++) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`never came: ${what}`)
}

/** Applies the CRDs and waits until they are served. */
export async function installCrds({ client }: OpenedCluster): Promise<void> {
  for (const definition of [LUNAR_NETWORK, TRACKER, PROVIDER]) {
    const crd = customResourceDefinition(definition) as unknown as KubeObject
    await client.apply(CRD_KIND, crd)
    await until(`${definition.kind} is served`, async () => {
      const live = await client.get<Conditioned>(CRD_KIND, { name: crd.metadata.name })
      return live?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ? true : undefined
    })
  }
}

/** A fresh namespace, in which pods must be `restricted`. */
export async function makeNamespace({ client, deps }: OpenedCluster, prefix: string): Promise<string> {
  const name = `${prefix}-${Buffer.from(deps.random.bytes(4)).toString('hex')}`
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await client.create(NAMESPACE_KIND, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
  return name
}

/** Its operator has stopped: nobody else lets its networks and pools go. */
export async function removeNamespace({ client }: OpenedCluster, name: string): Promise<void> {
  await client.remove(NAMESPACE_KIND, { name })
  for (const kind of Object.values(LUNAR_KINDS)) {
    // where no test has installed the CRDs, there are none
    const { items } = await client.list(kind, { namespace: name }).catch(() => ({ items: [] }))
    for (const { metadata } of items.filter(({ metadata: { finalizers = [] } }) => finalizers.length > 0)) {
      const freed = client.merge(kind, { namespace: name, name: metadata.name }, { metadata: { finalizers: null } })
      await freed.catch((error: unknown) => {
        if (!hasStatus(error, 404)) throw error
      })
    }
  }
}

export const conditionOf = (object: Conditioned | undefined, type: string) =>
  object?.status?.conditions?.find((entry) => entry.type === type)

export { KINDS }
