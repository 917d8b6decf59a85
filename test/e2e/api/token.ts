/**
 * Tokens of service accounts, as the kubelet asks for them.
 *
 * @module
 */
import type { KubeObject } from '@lunarx/operator/kube'
import type { OpenedCluster } from './cluster.ts'

interface TokenWish {
  readonly namespace: string
  readonly account: string
  /** Default: the API server itself. */
  readonly audience?: string
  /** Bound to this pod: it ends with it. */
  readonly pod?: KubeObject | undefined
}

export async function tokenOf({ connection }: OpenedCluster, { namespace, account, audience, pod }: TokenWish): Promise<string> {
  const bound = pod && { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid } }
  const spec = { ...(audience === undefined ? {} : { audiences: [audience] }), expirationSeconds: 3_600, ...bound }
  const { status, body } = await connection.send({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }),
  })
  if (status !== 201) throw new Error(body)
  return (JSON.parse(body) as { status: { token: string } }).status.token
}
