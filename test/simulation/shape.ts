/**
 * What networks are simulated: sizes, classes, times.
 *
 * @module
 */
import type { NetworkConfig } from '@lunarx/core/membership'
import type { ErasureClass, PeerAddress } from '@lunarx/core/model'

export interface Shape {
  readonly trackers: number
  readonly providers: number
  readonly domains: number
  readonly class: Pick<ErasureClass, 'required' | 'parity' | 'survive' | 'copies'>
  /** Providers in domains of their own, a pool of this name: they hold the rows, and the others shards only. Default: none. */
  readonly archive?: number
}

type Service = 'storage' | 'index'

const SMALL: Shape = { trackers: 3, providers: 6, domains: 3, class: { required: 2, parity: 1, survive: 1 } }
const USUAL: Shape = { trackers: 3, providers: 8, domains: 4, class: { required: 4, parity: 2, survive: 1 } }
const CAREFUL: Shape = { trackers: 5, providers: 7, domains: 7, class: { required: 2, parity: 2, survive: 2 } }
const WIDE: Shape = { trackers: 5, providers: 14, domains: 7, class: { required: 10, parity: 4, survive: 2 } }

/** Of ten seeds in a row: the larger a network, the longer it takes to simulate. */
const SHAPES = [USUAL, SMALL, USUAL, CAREFUL, USUAL, SMALL, USUAL, WIDE, USUAL, SMALL] as const

export const shapeOf = (seed: number): Shape => SHAPES[seed % SHAPES.length] ?? USUAL

export const DOMAIN_KEY = 'kubernetes.io/hostname'
export const INLINE_BYTES = 2_048

export const addressOf = (host: string): PeerAddress => ({ host, controlPort: 4001, dataPort: 4002 })

export const trackerHosts = ({ trackers }: Shape): string[] => Array.from({ length: trackers }, (_, i) => `tracker-${i}`)

export interface ProviderHost {
  readonly host: string
  readonly domain: string
  readonly services: Service[]
}

/** Providers go round the domains. */
export const providerHosts = ({ providers, domains, archive = 0 }: Shape): ProviderHost[] => [
  ...Array.from({ length: providers }, (_, i): ProviderHost => {
    return { host: `provider-${i}`, domain: `node-${i % domains}`, services: archive > 0 ? ['storage'] : ['storage', 'index'] }
  }),
  ...Array.from({ length: archive }, (_, i): ProviderHost => {
    return { host: `archive-${i}`, domain: `archive-node-${i}`, services: ['storage', 'index'] }
  }),
]

/** Providers that host rows, by name. */
export const rowHosts = (shape: Shape): ReadonlySet<string> =>
  new Set(providerHosts(shape).flatMap(({ host, services }) => (services.includes('index') ? [host] : [])))

export function networkConfigOf(shape: Shape, networkKey: string): NetworkConfig {
  return {
    network: 'simulation/network',
    networkKey,
    trackers: trackerHosts(shape).map(addressOf),
    classes: [{ name: 'only', ...shape.class, inlineBytes: INLINE_BYTES, versions: 1 }],
    defaultClass: 'only',
    domainKey: DOMAIN_KEY,
    survive: shape.class.survive,
    detection: { heartbeatMs: 5_000, suspectMs: 15_000, lostMs: 60_000 },
    repair: { rebuildAfterMs: 120_000, bytesPerSecond: 10_000_000 },
  }
}
