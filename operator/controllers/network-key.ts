/**
 * The key of a network: made once, never overwritten, never logged. Without it no credential and no epoch can be signed, so a key
 * that vanished is not replaced by another: peers would refuse it.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { hexOf } from '@lunarx/core/model'
import { apiVersionOf, hasStatus, KINDS, type KubeObject } from '../kube/index.ts'
import type { ControllerDeps, Secret, VolumeClaim } from './deps.ts'
import { keySecretName, labelsOf, NAMESPACE_LABEL, NETWORK_LABEL } from './names.ts'
import type { LunarNetwork } from './pool.ts'
import type { Obstacle } from './pool-status.ts'

const FIELD = 'seed'
const SEED_BYTES = 32

export type KeyVerdict =
  { readonly kind: 'use'; readonly seed: Uint8Array } | { readonly kind: 'make' } | { readonly kind: 'refuse'; readonly obstacle: Obstacle }

const refuse = (reason: string, message: string): KeyVerdict => ({ kind: 'refuse', obstacle: { reason, message } })

/** The secret seed; undefined where the Secret holds something else. */
export function seedIn({ data }: Secret): Uint8Array | undefined {
  const seed = Uint8Array.from(Buffer.from(data?.[FIELD] ?? '', 'base64'))
  return seed.length === SEED_BYTES ? seed : undefined
}

/** What there was before: a status may be lost with its resource, while volumes stay. */
export interface Before {
  /** The public key in the status, once there was one. */
  readonly recorded: string | undefined
  /** Claims of the network. */
  readonly volumes: number
}

/** Pure. */
export function judgeKey(
  secret: Secret | undefined,
  name: string,
  { recorded, volumes }: Before,
  publicKeyOf: (seed: Uint8Array) => string,
): KeyVerdict {
  if (secret === undefined) {
    if (recorded !== undefined)
      return refuse('KeyMissing', `Secret ${name} is gone: restore it from a backup; a new key would be refused by every peer.`)
    if (volumes === 0) return { kind: 'make' }
    const message = `Secret ${name} is not there, and ${volumes} volumes of an earlier network are: restore it from a backup, or delete their claims to begin anew.`
    return refuse('KeyMissing', message)
  }
  const seed = seedIn(secret)
  if (seed === undefined) return refuse('KeyMalformed', `Secret ${name} has no field ${FIELD} of ${SEED_BYTES} bytes.`)
  if (recorded !== undefined && publicKeyOf(seed) !== recorded)
    return refuse('KeyChanged', `Secret ${name} holds another key than the one the network was made with.`)
  return { kind: 'use', seed }
}

function secretOf(
  network: LunarNetwork,
  name: string,
  operatorNamespace: string,
  seed: Uint8Array,
): KubeObject & { readonly type: string } {
  const { name: networkName, namespace = 'default' } = network.metadata
  const labels = { ...labelsOf('network', networkName, networkName), [NAMESPACE_LABEL]: namespace }
  return {
    apiVersion: apiVersionOf(KINDS.secret),
    kind: KINDS.secret.kind,
    metadata: { name, namespace: operatorNamespace, labels },
    type: 'lunarx.dev/network-key',
    data: { [FIELD]: Buffer.from(seed).toString('base64') },
  }
}

const volumesOf = ({ metadata: { name, namespace } }: LunarNetwork, claims: readonly VolumeClaim[]): VolumeClaim[] =>
  claims.filter(
    ({ metadata }) =>
      metadata.namespace === namespace && metadata.labels?.[NETWORK_LABEL] === name && metadata.deletionTimestamp === undefined,
  )

/** The key, or what is in its way. */
export async function networkKey(network: LunarNetwork, deps: ControllerDeps, signal: AbortSignal): Promise<SignKey | Obstacle> {
  const { crypto, cache, client, settings } = deps
  const namespace = settings.namespace
  const name = keySecretName(namespace, network.metadata.namespace ?? 'default', network.metadata.name)
  const publicKeyOf = (seed: Uint8Array): string => hexOf(crypto.signKey(seed).publicKey)
  const before: Before = { recorded: network.status?.networkKey, volumes: volumesOf(network, cache.claims.list()).length }
  const judge = (secret: Secret | undefined): KeyVerdict => judgeKey(secret, name, before, publicKeyOf)
  let verdict = judge(cache.secrets.get(namespace, name))
  if (verdict.kind === 'make') {
    const seed = deps.random.bytes(SEED_BYTES)
    try {
      await client.create(KINDS.secret, secretOf(network, name, namespace, seed), { signal })
      verdict = { kind: 'use', seed }
    } catch (error) {
      // Made a moment ago, or without our labels: the copy does not show it.
      if (!hasStatus(error, 409)) throw error
      verdict = judge(await client.get<Secret>(KINDS.secret, { namespace, name }, { signal }))
    }
  }
  if (verdict.kind === 'refuse') return verdict.obstacle
  if (verdict.kind === 'make') return { reason: 'KeyMissing', message: `Secret ${name} is being changed by somebody else.` }
  return crypto.signKey(verdict.seed)
}
