/**
 * The operator's issuer: tokens are judged by the API server, credentials signed with the key of the network that they name.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { serveIssuer } from '@lunarx/net/issuer'
import type { TlsCredentials } from '@lunarx/net/tls'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { keySecretName, seedIn, type Secret } from '../controllers/index.ts'
import { KINDS, type KubeClient } from '../kube/index.ts'
import { authenticate } from './authenticate.ts'
import type { Inquiry } from './inquiry.ts'

export interface IssueOptions {
  readonly port: number
  readonly tls: TlsCredentials
  /** Where the keys of networks are kept. */
  readonly namespace: string
  /** Of a credential. Milliseconds; default 24 hours. */
  readonly lifetimeMs?: number | undefined
}

export interface IssueDeps {
  readonly client: KubeClient
  readonly inquiry: Inquiry
  readonly clock: Clock
  readonly log: Log
  readonly crypto: CryptoEngine
}

async function keyOf(network: string, namespace: string, { client, crypto }: IssueDeps): Promise<SignKey | undefined> {
  const [networkNamespace = '', name] = network.split('/')
  if (name === undefined) return undefined
  const secret = await client.get<Secret>(KINDS.secret, { namespace, name: keySecretName(namespace, networkNamespace, name) })
  const seed = secret === undefined ? undefined : seedIn(secret)
  return seed === undefined ? undefined : crypto.signKey(seed)
}

export function serveCredentials({ port, tls, namespace, lifetimeMs }: IssueOptions, deps: IssueDeps): ReturnType<typeof serveIssuer> {
  return serveIssuer(
    {
      listen: { host: '::', port },
      tls,
      lifetimeMs,
      networkKey: (network) => keyOf(network, namespace, deps),
      authenticate: (token, { network, peer, signal }) => authenticate(deps, { network, peer, token }, signal),
    },
    deps,
  )
}
