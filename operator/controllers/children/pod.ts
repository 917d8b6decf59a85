/**
 * The pod of a tracker or provider. Passes the `restricted` pod security standard: no root, no capability, nothing writable but
 * the volume. Its token is of no use but to enrol with its own network.
 *
 * @module
 */
import { audienceOf, clientConfigName, labelsOf, NETWORK_LABEL, networkId, PORTS, runConfigName } from '../names.ts'
import type { Pool, PoolNetwork } from '../pool.ts'
import { backendMounts, backendVolumes } from './backend.ts'
import { storeMounts, storeVolumes } from './tracker-store.ts'

const USER = 65_532
/** A node that does not answer loses its pods after this instead of 5 minutes. */
const UNREACHABLE_SECONDS = 30
const GRACE_SECONDS = 30
const TOKEN_SECONDS = 3_600

export const CONFIG_FOLDER = '/etc/lunarx'
export const NETWORK_FOLDER = '/etc/lunarx-network'
export const TOKEN_FOLDER = '/var/run/secrets/lunarx'
export const DATA_FOLDER = '/data'

export interface PodOptions {
  readonly image: string
}

const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
  httpGet: { path, port: 'health' },
  periodSeconds,
  failureThreshold,
  timeoutSeconds: 5,
})

type Quantities = Readonly<Record<string, string | number>> | undefined

/** As the server keeps them: text. */
const asText = (quantities: Quantities) =>
  quantities && Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, String(value)]))

function resourcesOf({ spec: { resources } }: Pool) {
  const limits = asText(resources?.limits)
  const requests = asText(resources?.requests)
  return limits === undefined && requests === undefined ? {} : { resources: { ...(limits && { limits }), ...(requests && { requests }) } }
}

/** The standard variable: `lunarx run` sends spans to what it names. */
const tracingOf = ({ spec: { tracing } }: PoolNetwork) =>
  tracing === undefined ? [] : [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: tracing.endpoint }]

function container(pool: Pool, network: PoolNetwork, { image }: PodOptions) {
  return {
    name: pool.component,
    image,
    imagePullPolicy: network.spec.imagePullPolicy,
    command: ['lunarx'],
    args: ['run', pool.component, '--config', `${CONFIG_FOLDER}/run.json`],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, ...tracingOf(network)],
    ports: Object.entries(PORTS)
      .filter(([name]) => name !== 'admin' || pool.component === 'tracker')
      .map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
    ...resourcesOf(pool),
    startupProbe: probe('/livez', 5, 120), // ten minutes: on a busy node a process may take long before it listens
    livenessProbe: probe('/livez', 10, 6),
    readinessProbe: probe('/readyz', 5, 3),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'data', mountPath: DATA_FOLDER },
      { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
      { name: 'network', mountPath: NETWORK_FOLDER, readOnly: true },
      { name: 'token', mountPath: TOKEN_FOLDER, readOnly: true },
      ...backendMounts(pool),
      ...storeMounts(pool),
    ],
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }
}

/** Pods of all pools of a network spread over the binding domains; zones too, where there is room. */
function spread(pool: Pool, network: PoolNetwork) {
  const labels = labelsOf(pool.component, pool.name, network.name)
  const name = labels['app.kubernetes.io/name'] ?? ''
  const labelSelector = { matchLabels: { 'app.kubernetes.io/name': name, [NETWORK_LABEL]: network.name } }
  const zone = 'topology.kubernetes.io/zone'
  const binding = {
    topologyKey: network.spec.failureDomainKey,
    maxSkew: 1,
    whenUnsatisfiable: 'DoNotSchedule',
    nodeTaintsPolicy: 'Honor',
    labelSelector,
  }
  const wished = { topologyKey: zone, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector }
  return network.spec.failureDomainKey === zone ? [binding] : [binding, wished]
}

/**
 * Trackers keep out of each other's domains where there is room: a record lives on the next 2d + 1 of the ring, which knows no
 * domains. The spread above counts providers as well, and would let trackers share one.
 */
function apart(pool: Pool, network: PoolNetwork) {
  if (pool.component !== 'tracker') return {}
  const matchLabels = { 'app.kubernetes.io/component': 'tracker', [NETWORK_LABEL]: network.name }
  const term = { topologyKey: network.spec.failureDomainKey, labelSelector: { matchLabels } }
  return { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] } } }
}

const leaves = (key: string) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: UNREACHABLE_SECONDS })

export function podSpec(pool: Pool, network: PoolNetwork, options: PodOptions) {
  const audience = audienceOf(networkId(pool.namespace, network.name))
  return {
    serviceAccountName: pool.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    tolerations: [leaves('node.kubernetes.io/not-ready'), leaves('node.kubernetes.io/unreachable')],
    topologySpreadConstraints: spread(pool, network),
    ...apart(pool, network),
    containers: [container(pool, network, options)],
    volumes: [
      { name: 'config', configMap: { name: runConfigName(pool.name) } },
      { name: 'network', configMap: { name: clientConfigName(network.name) } },
      { name: 'token', projected: { sources: [{ serviceAccountToken: { audience, expirationSeconds: TOKEN_SECONDS, path: 'token' } }] } },
      ...backendVolumes(pool),
      ...storeVolumes(pool),
    ],
  }
}
