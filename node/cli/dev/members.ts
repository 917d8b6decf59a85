/**
 * What a network of local processes consists of: names, ports, configuration. Pure.
 *
 * Every provider is a failure domain of its own, as if on a machine of its own: what is tried here behaves as on a cluster.
 *
 * @module
 */
import type { NetworkConfig, RunConfigInput } from '@lunarx/core/membership'
import { LunarError, type ErasureClass, type Role } from '@lunarx/core/model'
import { poolOf } from '@lunarx/core/placement'

export const DEV_HOST = '127.0.0.1'
export const DEV_NETWORK = 'dev/local'
export const DOMAIN_KEY = 'kubernetes.io/hostname'
export const PORTS_PER_MEMBER = 5
/** Of each provider; nothing is taken before it is used. */
const CAPACITY_BYTES = 64 * 1024 ** 3

/** What is tried here shall be seen at once. */
const ANNOUNCEMENTS_PER_HOUR = 360

export interface DevSize {
  readonly providers: number
  readonly trackers: number
  /** Failure domains that may vanish at once, at least 1. */
  readonly survive: number
  /** Providers beside those, of a pool of their own: what is put under classes that fit on them gets a backup copy there. Default 0. */
  readonly archive?: number
  /** Whether there is a directory. Default: none. */
  readonly directory?: boolean
  /** The issuer's; members have those above. */
  readonly basePort: number
  /** Of trackers. Default: embedded. */
  readonly store?: RunConfigInput['store']
}

export interface DevMember {
  readonly role: Extract<Role, 'provider' | 'tracker'>
  /** Also its folder and its failure domain. */
  readonly name: string
  readonly controlPort: number
  readonly dataPort: number
  readonly adminPort: number
  readonly healthPort: number
}

/** Pool of the providers that hold backup copies. */
const ARCHIVE = 'archive'

/** @throws {LunarError} BAD_CONFIG: too few providers for what is to survive, no tracker, or ports beyond 65535 */
export function devMembers({ providers, trackers, survive, archive = 0, basePort }: DevSize): DevMember[] {
  const names = [
    ...Array.from({ length: trackers }, (_, i) => ({ role: 'tracker' as const, name: `tracker-${i}` })),
    ...Array.from({ length: providers }, (_, i) => ({ role: 'provider' as const, name: `provider-${i}` })),
    ...Array.from({ length: archive }, (_, i) => ({ role: 'provider' as const, name: `${ARCHIVE}-${i}` })),
  ]
  const last = basePort + names.length * PORTS_PER_MEMBER
  if (survive < 1 || providers < survive + 2 || trackers < 1 || trackers > 99 || last > 65_535)
    throw new LunarError('BAD_CONFIG', 'a network needs two providers more than are to survive, 1 to 99 trackers, and ports up to 65535', {
      detail: { providers, survive, trackers, lastPort: last },
    })
  return names.map((member, i) => {
    const first = basePort + 1 + i * PORTS_PER_MEMBER
    return { ...member, controlPort: first, dataPort: first + 1, adminPort: first + 2, healthPort: first + 3 }
  })
}

/** Classes that the domain rule leaves room for; the widest is the default, 10+4 being for those who ask. */
const CLASSES: readonly Omit<ErasureClass, 'inlineBytes' | 'versions' | 'survive'>[] = [
  { name: '2+1', required: 2, parity: 1 },
  { name: '4+2', required: 4, parity: 2 },
  { name: '10+4', required: 10, parity: 4 },
]

export function devNetwork(
  members: readonly DevMember[],
  { survive, directory = false }: Pick<DevSize, 'survive' | 'directory'>,
  networkKey: string,
  issuer: NetworkConfig['issuer'],
): NetworkConfig {
  const inPool = (pool: string): number => members.filter(({ role, name }) => role === 'provider' && poolOf(name) === pool).length
  const [providers, archive] = [inPool('provider'), inPool(ARCHIVE)]
  const classes = CLASSES.filter(({ required, parity }) => required + parity <= providers)
  return {
    network: DEV_NETWORK,
    networkKey,
    trackers: members
      .filter(({ role }) => role === 'tracker')
      .map(({ controlPort, dataPort, adminPort }) => ({ host: DEV_HOST, controlPort, dataPort, adminPort })),
    classes: classes.map((one) => ({
      ...one,
      survive: Math.min(survive, one.parity),
      inlineBytes: 65_536,
      versions: 1,
      ...(one.required + one.parity <= archive ? { copies: [{ pools: [ARCHIVE] }] } : {}),
    })),
    defaultClass: providers >= 6 ? '4+2' : '2+1',
    domainKey: DOMAIN_KEY,
    survive,
    ...(issuer ? { issuer } : {}),
    detection: { heartbeatMs: 2_000, suspectMs: 6_000, lostMs: 20_000 },
    repair: { rebuildAfterMs: 60_000, bytesPerSecond: 64 * 1024 ** 2 },
    ...(directory ? { directory: { announcementsPerHour: ANNOUNCEMENTS_PER_HOUR } } : {}),
  }
}

/** The run config of a member, for the file `run.json` in its folder. */
export function devRunConfig(
  { role, controlPort, dataPort, adminPort, healthPort }: DevMember,
  folder: string,
  { store }: Pick<DevSize, 'store'>,
): RunConfigInput {
  return {
    role,
    network: '../network.json',
    dataFolder: `${folder}/data`,
    host: DEV_HOST,
    listen: { host: DEV_HOST, controlPort, dataPort, adminPort, healthPort },
    ...(role === 'provider' ? { capacityBytes: CAPACITY_BYTES } : { store }),
    credential: { tokenFile: `${folder}/token` },
    graceSeconds: 5,
  }
}
