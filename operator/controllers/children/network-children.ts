/**
 * What the network itself consists of: client configuration, and one disruption budget over all its providers.
 *
 * @module
 */
import {
  networkConfigSchema,
  type AuditConfig,
  type NetworkConfig,
  type OutsidePeer,
  type Quota,
  type Revoked,
} from '@lunarx/core/membership'
import type { LunarNetworkSpec } from '../../api/index.ts'
import { apiVersionOf, KINDS, type KubeObject } from '../../kube/index.ts'
import {
  clientConfigName,
  controllerOf,
  labelsOf,
  NETWORK_LABEL,
  networkId,
  podHost,
  podNames,
  PORTS,
  providersBudgetName,
} from '../names.ts'
import type { Pool } from '../pool.ts'
import { bytesOf } from '../quantity.ts'

export interface Issuer {
  readonly url: string
  /** PEM. */
  readonly ca: string
  /** Where those outside of the cluster reach it; undefined: nowhere. */
  readonly outsideUrl?: string | undefined
}

/** Failure domains that rows survive: stated, or the largest of the classes. */
export const rowSurvive = ({ survive, classes }: LunarNetworkSpec): number => survive ?? Math.max(...classes.map((c) => c.survive))

/** What peers and clients must know. Pods that do not run yet are named as well: their names are known. */
export function networkConfig(
  network: KubeObject,
  spec: LunarNetworkSpec,
  networkKey: string,
  trackers: readonly Pool[],
  issuer: Issuer,
): NetworkConfig {
  const namespace = network.metadata.namespace ?? 'default'
  const { heartbeatSeconds, suspectSeconds, lostSeconds } = spec.detection
  return networkConfigSchema.parse({
    network: networkId(namespace, network.metadata.name),
    networkKey,
    trackers: trackers.flatMap(({ name, spec: { replicas } }) =>
      podNames(name, replicas).map((pod) => ({ host: podHost(pod, name, namespace), controlPort: PORTS.control, dataPort: PORTS.data })),
    ),
    classes: spec.classes,
    defaultClass: spec.defaultClass,
    domainKey: spec.failureDomainKey,
    survive: rowSurvive(spec),
    issuer: { url: issuer.url, ca: issuer.ca },
    detection: { heartbeatMs: heartbeatSeconds * 1000, suspectMs: suspectSeconds * 1000, lostMs: lostSeconds * 1000 },
    repair: { rebuildAfterMs: Math.max(1, spec.repair.rebuildAfterSeconds * 1000), bytesPerSecond: spec.repair.bytesPerSecond },
    ...(spec.audit.enabled ? { audit: auditOf(spec.audit) } : {}),
    ...(spec.directory.enabled ? { directory: { announcementsPerHour: spec.directory.announcementsPerHour } } : {}),
  })
}

/** What trackers are told to promise. */
export function auditOf({ lostPerMille, foundPercent, withinHours }: LunarNetworkSpec['audit']): AuditConfig {
  return { lostFraction: lostPerMille / 1_000, probability: foundPercent / 100, withinMs: withinHours * 3_600_000 }
}

/** What those outside of the cluster must know: the same, and where they reach the peers that they name as everybody does. */
export function outsideConfig(config: NetworkConfig, outside: readonly OutsidePeer[], { url, ca, outsideUrl }: Issuer): NetworkConfig {
  // the directory of peers knows their addresses inside
  const { issuer: _issuer, directory: _directory, ...rest } = config
  const issuer = outsideUrl === undefined ? {} : { issuer: { url: outsideUrl, ca, certificateName: new URL(url).hostname } }
  return networkConfigSchema.parse({ ...rest, ...issuer, outside })
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

export interface ClientFiles {
  readonly 'network.json': string
  readonly 'outside.json'?: string
  readonly 'quota.json'?: string
  readonly 'revoked.json'?: string
}

const revokedFile = ({ revoked }: LunarNetworkSpec): Pick<ClientFiles, 'revoked.json'> => {
  const value: Revoked = { peers: revoked.map(({ peer }) => peer) }
  return revoked.length === 0 ? {} : { 'revoked.json': json(value) }
}

const quotaFile = ({ quota }: LunarNetworkSpec): Pick<ClientFiles, 'quota.json'> => {
  if (quota === undefined) return {}
  // 8 PiB are as good as none, and a number of JSON is exact up to there
  const value: Quota = { storageBytes: Math.min(bytesOf(quota.storage), Number.MAX_SAFE_INTEGER) }
  return { 'quota.json': json(value) }
}

/** @param outside undefined: nobody is reached from outside of the cluster */
export function clientConfigMap(
  network: KubeObject,
  spec: LunarNetworkSpec,
  config: NetworkConfig,
  outside?: NetworkConfig,
): KubeObject & { readonly data: ClientFiles } {
  const { name, namespace = 'default' } = network.metadata
  return {
    apiVersion: apiVersionOf(KINDS.configMap),
    kind: KINDS.configMap.kind,
    metadata: {
      name: clientConfigName(name),
      namespace,
      labels: labelsOf('network', name, name),
      ownerReferences: [controllerOf(network)],
    },
    data: { 'network.json': json(config), ...(outside && { 'outside.json': json(outside) }), ...quotaFile(spec), ...revokedFile(spec) },
  }
}

export function providersBudget(network: KubeObject, maxUnavailable: number): KubeObject {
  const { name, namespace = 'default' } = network.metadata
  return {
    apiVersion: apiVersionOf(KINDS.podDisruptionBudget),
    kind: KINDS.podDisruptionBudget.kind,
    metadata: {
      name: providersBudgetName(name),
      namespace,
      labels: labelsOf('network', name, name),
      ownerReferences: [controllerOf(network)],
    },
    spec: { maxUnavailable, selector: { matchLabels: { 'app.kubernetes.io/component': 'provider', [NETWORK_LABEL]: name } } },
  }
}
