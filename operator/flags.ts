/**
 * Flags and environment of `lunarx-operator`.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { LOG_LEVELS, type LogLevel } from '@lunarx/runtime/log'
import { parseArgs } from 'node:util'

export interface Flags {
  readonly help: boolean
  /** Only networks of this namespace; undefined: of all. */
  readonly watchNamespace: string | undefined
  /** Only Roles in `watchNamespace` are given: nothing is asked that has no namespace. */
  readonly namespaced: boolean
  /** Where Prometheus runs; undefined: nowhere. */
  readonly monitoringNamespace: string | undefined
  readonly issuerPort: number
  /** How long a credential lives that the issuer signs. */
  readonly membershipLifetimeSeconds: number
  /** Where those outside of the cluster reach the issuer; undefined: nowhere. */
  readonly issuerOutsideUrl: string | undefined
  readonly healthPort: number
  readonly leaderElect: boolean
  /** Service of the operator, part of the issuer's URL and name of the Lease. */
  readonly operatorService: string
  readonly nodeImage: string
  readonly logLevel: LogLevel
  /** Where the operator runs. */
  readonly namespace: string
  /** Distinct per process. */
  readonly identity: string
}

export const HELP = `lunarx-operator: reconciles LunarNetworks, Trackers and Providers, heals through the trackers, issues credentials.

Usage: lunarx-operator --node-image IMAGE [flags]

  --node-image IMAGE        image of trackers and providers, where their network names none
  --namespace NAME          watch only this namespace (default: all)
  --namespaced              with --namespace: Roles in it are all the rights there are. Tokens are checked against the cluster's
                            public keys, and failure domains are read from pods
  --monitoring-namespace N  pods there may read the metrics of trackers and providers (default: nobody may)
  --leader-elect            several replicas may run; one reconciles
  --operator-service NAME   Service by which peers reach the issuer (default: lunarx-operator)
  --issuer-port PORT        HTTPS, POST /v1/credentials (default: 8443)
  --membership-lifetime-seconds N
                            how long credentials of peers and clients live, which renew them at half of that: 120 to 86400 (default: 86400)
  --issuer-outside-url URL  https, where clients outside of the cluster reach the issuer (default: nowhere)
  --health-port PORT        HTTP, /livez /readyz /metrics (default: 8080)
  --log-level LEVEL         debug, info, warn or error (default: info)
  --help

Environment: POD_NAMESPACE (where Secrets and the Lease are kept, default: default), POD_NAME (identity of the leader),
KUBECONFIG (outside a cluster).

Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot start or a part of it ended, 2 for wrong flags.
`

function portOf(name: string, value: string): number {
  const port = Number(value)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new LunarError('BAD_CONFIG', `--${name} must be a port`, { detail: { value } })
  return port
}

/** Less would leave no time to try again, and none for clocks that differ. More would keep those who left for longer than a day. */
const LIFETIME_SECONDS = { least: 120, most: 86_400 }

function lifetimeOf(value: string): number {
  const { least, most } = LIFETIME_SECONDS
  const seconds = Number(value)
  if (!Number.isInteger(seconds) || seconds < least || seconds > most)
    throw new LunarError('BAD_CONFIG', `--membership-lifetime-seconds must be from ${least} to ${most}`, { detail: { value } })
  return seconds
}

function outsideUrlOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  if (!URL.canParse(value) || new URL(value).protocol !== 'https:')
    throw new LunarError('BAD_CONFIG', '--issuer-outside-url must be an https URL', { detail: { value } })
  return value
}

function levelOf(value: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === value)
  if (level === undefined) throw new LunarError('BAD_CONFIG', `--log-level must be one of ${LOG_LEVELS.join(', ')}`, { detail: { value } })
  return level
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = {
    help: flag,
    namespace: text,
    namespaced: flag,
    'monitoring-namespace': text,
    'issuer-outside-url': text,
    'issuer-port': { ...text, default: '8443' },
    'membership-lifetime-seconds': { ...text, default: String(LIFETIME_SECONDS.most) },
    'health-port': { ...text, default: '8080' },
    'leader-elect': flag,
    'operator-service': { ...text, default: 'lunarx-operator' },
    'node-image': text,
    'log-level': { ...text, default: 'info' },
  } as const
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (cause) {
    throw new LunarError('BAD_CONFIG', cause instanceof Error ? cause.message : 'wrong flags', { cause })
  }
}

/** @throws {LunarError} BAD_CONFIG */
export function readFlags(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Flags {
  const values = parse(args)
  const nodeImage = values['node-image'] ?? ''
  if (nodeImage === '' && !values.help) throw new LunarError('BAD_CONFIG', '--node-image is missing')
  if (values.namespaced && values.namespace === undefined) throw new LunarError('BAD_CONFIG', '--namespaced needs --namespace')
  return {
    help: values.help,
    watchNamespace: values.namespace,
    namespaced: values.namespaced,
    monitoringNamespace: values['monitoring-namespace'],
    issuerPort: portOf('issuer-port', values['issuer-port']),
    membershipLifetimeSeconds: lifetimeOf(values['membership-lifetime-seconds']),
    issuerOutsideUrl: outsideUrlOf(values['issuer-outside-url']),
    healthPort: portOf('health-port', values['health-port']),
    leaderElect: values['leader-elect'],
    operatorService: values['operator-service'],
    nodeImage,
    logLevel: levelOf(values['log-level']),
    namespace: environment['POD_NAMESPACE'] ?? 'default',
    identity: environment['POD_NAME'] ?? environment['HOSTNAME'] ?? 'lunarx-operator',
  }
}
