/**
 * The backing store of a provider's volume, by the id that goes into its credential. Reads the Provider, the claim of the pod and what it
 * is bound to.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { hexOf, utf8 } from '@lunarx/core/model'
import { providerSpec } from '../api/index.ts'
import { LUNAR_KINDS, type Provider } from '../controllers/index.ts'
import { KINDS, type KubeClient, type KubeObject } from '../kube/index.ts'
import type { Inquiry } from './inquiry.ts'
import { sharedStoreOf } from './volume-store.ts'

const ID_DIGITS = 32

export interface LookAtVolumeDeps {
  readonly client: KubeClient
  readonly inquiry: Pick<Inquiry, 'volumeOf'>
  readonly crypto: Pick<CryptoEngine, 'sha256'>
}

interface Claim extends KubeObject {
  readonly spec?: { readonly volumeName?: string }
}

/** Of no id object: buckets and HDFS hash what they read there, which no name is. */
const idOf = (name: string, { crypto }: LookAtVolumeDeps): string => hexOf(crypto.sha256(utf8(`volumes of ${name}`))).slice(0, ID_DIGITS)

/** Undefined: a volume of its own. */
export async function lookAtVolume(
  pod: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  deps: LookAtVolumeDeps,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const pool = await deps.client.get<Provider>(LUNAR_KINDS.provider, { namespace, name }, { signal })
  const spec = providerSpec.safeParse(pool?.spec)
  if (!spec.success) return undefined
  const claim = await deps.client.get<Claim>(KINDS.persistentVolumeClaim, { namespace, name: `data-${pod}` }, { signal })
  const bound = claim?.spec?.volumeName
  const store = sharedStoreOf(spec.data, bound === undefined ? undefined : await deps.inquiry.volumeOf(bound, signal))
  return store === undefined ? undefined : idOf(store, deps)
}
