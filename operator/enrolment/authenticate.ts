/**
 * Asks about a token: who it speaks for, then the pod by its uid, its StatefulSet, its node and its volume. Reads only, and only what the token
 * names; needs no local copies, so that every replica of the operator can issue.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { lunarNetworkSpec } from '../api/index.ts'
import { LUNAR_KINDS, type LunarNetwork } from '../controllers/index.ts'
import { KINDS, type KubeClient } from '../kube/index.ts'
import type { Inquiry } from './inquiry.ts'
import { admit, refuseRevoked, type Admitted, type Bearer, type PodSight, type Refusal } from './judge.ts'
import { lookAtVolume } from './look-at-volume.ts'

export interface AuthenticateDeps {
  readonly client: KubeClient
  readonly inquiry: Inquiry
  readonly crypto: Pick<CryptoEngine, 'sha256'>
}

async function look(deps: AuthenticateDeps, { namespace, pod: bound }: Bearer, signal: AbortSignal | undefined): Promise<PodSight> {
  if (bound === undefined) return { pod: undefined, set: undefined, node: undefined }
  const { client, inquiry } = deps
  const pod = await client.get<NonNullable<PodSight['pod']>>(KINDS.pod, { namespace, name: bound.name }, { signal })
  const owner = pod?.metadata.ownerReferences?.find(({ controller, kind }) => controller && kind === 'StatefulSet')
  const set = owner === undefined ? undefined : await client.get(KINDS.statefulSet, { namespace, name: owner.name }, { signal })
  const node = pod === undefined || set === undefined ? undefined : await inquiry.nodeOf(pod, signal)
  const isProvider = set?.metadata.labels?.['app.kubernetes.io/component'] === 'provider'
  const store = isProvider ? await lookAtVolume(bound.name, { namespace, name: set.metadata.name }, deps, signal) : undefined
  return { pod, set: set?.metadata.uid === owner?.uid ? set : undefined, node, store }
}

export interface Applicant {
  /** `<namespace>/<name>`, as the asker says; the token's audience must name it as well. */
  readonly network: string
  /** Its proof was checked. */
  readonly peer: PeerId
  readonly token: string
}

export async function authenticate(
  deps: AuthenticateDeps,
  { network, peer, token }: Applicant,
  signal?: AbortSignal,
): Promise<Admitted | Refusal> {
  const [namespace = '', name = ''] = network.split('/')
  const owner = await deps.client.get<LunarNetwork>(LUNAR_KINDS.network, { namespace, name }, { signal })
  const spec = lunarNetworkSpec.safeParse(owner?.spec)
  if (!spec.success) return { refusal: `there is no network ${network}` }
  const revoked = refuseRevoked(spec.data.revoked, peer)
  if (revoked) return revoked
  const bearer = await deps.inquiry.review(network, token, signal)
  if ('refusal' in bearer) return bearer
  const { failureDomainKey, clients, verifiers } = spec.data
  const named = (those: typeof clients): string[] => those.map(({ serviceAccount }) => serviceAccount)
  return admit(
    { namespace, name, failureDomainKey, clients: named(clients), verifiers: named(verifiers) },
    bearer,
    await look(deps, bearer, signal),
  )
}
