/**
 * Asks the API server about a token: TokenReview, then the pod by its uid, its StatefulSet and its node. Reads only, and only what
 * the token names; needs no local copies, so that every replica of the operator can issue.
 *
 * @module
 */
import { lunarNetworkSpec } from '../api/index.ts'
import { LUNAR_KINDS, type LunarNetwork } from '../controllers/index.ts'
import { apiVersionOf, KINDS, type KubeClient, type KubeObject } from '../kube/index.ts'
import { admit, audiencesOf, bearerOf, type Admitted, type Bearer, type PodSight, type Refusal, type TokenReview } from './judge.ts'

async function review(client: KubeClient, network: string, token: string, signal: AbortSignal | undefined): Promise<Bearer | Refusal> {
  const question = {
    apiVersion: apiVersionOf(KINDS.tokenReview),
    kind: KINDS.tokenReview.kind,
    metadata: { name: '' },
    spec: { token, audiences: audiencesOf(network) },
  }
  return bearerOf(await client.create<TokenReview>(KINDS.tokenReview, question, { signal }), network)
}

async function look(client: KubeClient, { namespace, pod: bound }: Bearer, signal: AbortSignal | undefined): Promise<PodSight> {
  if (bound === undefined) return { pod: undefined, set: undefined, node: undefined }
  const pod = await client.get<NonNullable<PodSight['pod']>>(KINDS.pod, { namespace, name: bound.name }, { signal })
  const owner = pod?.metadata.ownerReferences?.find(({ controller, kind }) => controller && kind === 'StatefulSet')
  const set = owner === undefined ? undefined : await client.get(KINDS.statefulSet, { namespace, name: owner.name }, { signal })
  const nodeName = pod?.spec?.nodeName
  const node =
    set === undefined || nodeName === undefined ? undefined : await client.get<KubeObject>(KINDS.node, { name: nodeName }, { signal })
  return { pod, set: set?.metadata.uid === owner?.uid ? set : undefined, node }
}

/** @param network `<namespace>/<name>`, as the asker says; the token's audience must name it as well */
export async function authenticate(client: KubeClient, network: string, token: string, signal?: AbortSignal): Promise<Admitted | Refusal> {
  const [namespace = '', name = ''] = network.split('/')
  const owner = await client.get<LunarNetwork>(LUNAR_KINDS.network, { namespace, name }, { signal })
  const spec = lunarNetworkSpec.safeParse(owner?.spec)
  if (!spec.success) return { refusal: `there is no network ${network}` }
  const bearer = await review(client, network, token, signal)
  if ('refusal' in bearer) return bearer
  const { failureDomainKey, clients } = spec.data
  return admit(
    { namespace, name, failureDomainKey, clients: clients.map(({ serviceAccount }) => serviceAccount) },
    bearer,
    await look(client, bearer, signal),
  )
}
