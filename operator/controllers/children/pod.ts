/**
 * The pod of a tracker, provider or verifier. Passes the `restricted` pod security standard: no root, no capability, nothing writable but
 * the volume. Its token is of no use but to enrol with its own network.
 *
 * @module
 */
import { ZONE_KEY } from '@lunarx/core/membership'
import { audienceOf, clientConfigName, NETWORK_LABEL, networkId, PORTS, runConfigName } from '../names.ts'
import type { PodPool, PoolNetwork } from '../pool.ts'
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

function resourcesOf({ spec: { resources } }: PodPool) {
  const limits = asText(resources?.limits)
  const requests = asText(resources?.requests)
  return limits === undefined && requests === undefined ? {} : { resources: { ...(limits && { limits }), ...(requests && { requests }) } }
}

/** The standard variable: `lunarx run` sends spans to what it names. */
const tracingOf = ({ spec: { tracing } }: PoolNetwork) =>
  tracing === undefined ? [] : [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: tracing.endpoint }]

function container(pool: PodPool, network: PoolNetwork, { image }: PodOptions) {
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

/**
 * Pods of one component, of all pools of a network, keep apart: in binding domains first, in zones then. A wish, no rule: volumes may
 * lie unevenly, after a node was lost say, and pods that are bound to them must find their way back (docs/adr/0019).
 */
function apart(pool: PodPool, network: PoolNetwork) {
  const labelSelector = { matchLabels: { 'app.kubernetes.io/component': pool.component, [NETWORK_LABEL]: network.name } }
  const binding = network.spec.failureDomainKey
  const keys = binding === ZONE_KEY ? [ZONE_KEY] : [binding, ZONE_KEY]
  return {
    topologySpreadConstraints: keys.map((topologyKey) => ({
      topologyKey,
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
      nodeTaintsPolicy: 'Honor',
      labelSelector,
    })),
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: { topologyKey: binding, labelSelector } }],
      },
    },
  }
}

const leaves = (key: string) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: UNREACHABLE_SECONDS })

export function podSpec(pool: PodPool, network: PoolNetwork, options: PodOptions) {
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
