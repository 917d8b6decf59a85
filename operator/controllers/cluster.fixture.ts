/**
 * A small API server in memory, behind the real client, for tests of whole reconciliations: applies, merges, lists, and refuses what it is
 * told to. The local copies are never behind it. No tracker answers, and no kubelet: a pod that is given time to end stays Terminating, and so
 * does the claim of a pod that is there.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import type { Condition } from '../api/index.ts'
import { Events, KINDS, KubeClient, KubeMetrics, pathOf, type Connection, type KubeObject, type ResourceKind } from '../kube/index.ts'
import type { ControllerDeps, ReachTracker } from './deps.ts'
import { NetworkMetrics } from './network-metrics.ts'
import { NodeAddresses } from './node-addresses.ts'
import { NodeRights } from './node-rights.ts'
import { Observatory } from './observatory.ts'
import { LUNAR_KINDS } from './pool.ts'

interface Refusal {
  /** Of the object, or of its status. */
  readonly path: RegExp
  readonly status: number
  readonly message: string
}

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value)

function merged(old: unknown, patch: unknown): unknown {
  if (!isObject(old) || !isObject(patch)) return patch
  return { ...old, ...Object.fromEntries(Object.entries(patch).map(([key, value]) => [key, merged(old[key], value)])) }
}

const INFORMED = {
  networks: LUNAR_KINDS.network,
  trackers: LUNAR_KINDS.tracker,
  providers: LUNAR_KINDS.provider,
  statefulSets: KINDS.statefulSet,
  services: KINDS.service,
  serviceAccounts: KINDS.serviceAccount,
  configMaps: KINDS.configMap,
  budgets: KINDS.podDisruptionBudget,
  policies: KINDS.networkPolicy,
  pods: KINDS.pod,
  claims: KINDS.persistentVolumeClaim,
  secrets: KINDS.secret,
} as const

const noTracker: ReachTracker = () => {
  const away = (): Promise<never> => Promise.reject(new LunarError('PEER_UNREACHABLE', 'away'))
  return { status: away, readEpoch: away } as unknown as ReturnType<ReachTracker>
}

export class SmallCluster {
  readonly deps: ControllerDeps
  readonly refusals: Refusal[] = []
  /** `METHOD path` of every request that was to change something. */
  readonly writes: string[] = []
  readonly #objects = new Map<string, KubeObject>()

  constructor() {
    const clock = new SimulatedClock(Date.parse('2026-01-01T00:00:00Z'))
    const [random, metrics, log] = [new SeededRandom(1), new KubeMetrics(), new Trace(clock).log('operator')]
    const send = (call: { readonly method: string; readonly path: string; readonly body?: string }) => Promise.resolve(this.#answer(call))
    const client = new KubeClient({ send } as unknown as Connection)
    const informer = (kind: ResourceKind) => ({
      kind,
      get: (namespace: string | undefined, name: string) => this.#objects.get(pathOf(kind, { namespace, name })),
      list: () => this.all(kind),
    })
    this.deps = {
      client,
      cache: Object.fromEntries(Object.entries(INFORMED).map(([name, kind]) => [name, informer(kind)])),
      events: new Events(client, 'op', { clock, random, metrics, log }),
      reachTracker: noTracker,
      observatory: new Observatory(),
      nodeAddresses: new NodeAddresses(client, clock),
      nodeRights: new NodeRights(client, clock),
      networkMetrics: new NetworkMetrics(metrics),
      settings: { operator: 'op', namespace: 'ns', nodeImage: 'node:1', issuer: { url: 'https://issuer:8443', ca: 'PEM' } },
      clock,
      random,
      crypto: nodeCrypto,
      log,
    } as unknown as ControllerDeps
  }

  put(kind: ResourceKind, object: KubeObject): void {
    const { namespace, name } = object.metadata
    this.#objects.set(pathOf(kind, { namespace, name }), object)
  }

  remove(kind: ResourceKind, name: string): void {
    this.#objects.delete(pathOf(kind, { namespace: 'ns', name }))
  }

  all(kind: ResourceKind): KubeObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind.kind)
  }

  get(kind: ResourceKind, name: string): KubeObject | undefined {
    return this.#objects.get(pathOf(kind, { namespace: 'ns', name }))
  }

  /** Type → `status reason: message`. */
  conditions(kind: ResourceKind, name: string): Readonly<Record<string, string>> {
    const { conditions = [] } = (this.get(kind, name)?.status ?? {}) as { readonly conditions?: readonly Condition[] }
    return Object.fromEntries(conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]))
  }

  /** `reason: message` of Warnings. */
  warnings(): string[] {
    const events = this.all(KINDS.event) as unknown as readonly {
      readonly type: string
      readonly reason: string
      readonly message: string
    }[]
    return events.flatMap(({ type, reason, message }) => (type === 'Warning' ? [`${reason}: ${message}`] : []))
  }

  #answer({ method, path: asked, body = '{}' }: { readonly method: string; readonly path: string; readonly body?: string }) {
    const [path = '', query = ''] = asked.split('?')
    if (method === 'GET') return query.includes('limit=') ? this.#list(path) : this.#found(path)
    this.writes.push(`${method} ${path}`)
    const patch = JSON.parse(body) as KubeObject
    const place = method === 'POST' ? `${path}/${patch.metadata.name}` : path.replace(/\/status$/, '')
    const refusal = this.refusals.find((one) => one.path.test(method === 'POST' ? place : path))
    if (refusal !== undefined) return { status: refusal.status, body: JSON.stringify({ reason: 'Forbidden', message: refusal.message }) }
    if (method === 'DELETE') this.#delete(place, JSON.parse(body) as { readonly gracePeriodSeconds?: number })
    else this.#objects.set(place, this.#written(place, patch))
    return { status: 200, body: JSON.stringify(this.#objects.get(place) ?? {}) }
  }

  #delete(place: string, { gracePeriodSeconds }: { readonly gracePeriodSeconds?: number }): void {
    const object = this.#objects.get(place)
    if (object === undefined) return
    const { kind, metadata } = object
    const user = kind === 'PersistentVolumeClaim' ? this.get(KINDS.pod, metadata.name.replace(/^data-/, '')) : undefined
    const isKept = user !== undefined || (kind === 'Pod' && gracePeriodSeconds !== 0)
    if (isKept) this.#objects.set(place, { ...object, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    else this.#objects.delete(place)
    if (kind === 'Pod' && !isKept) this.#endClaimOf(metadata.name)
  }

  /** Kubernetes lets it go once no pod uses it. */
  #endClaimOf(pod: string): void {
    const claim = this.get(KINDS.persistentVolumeClaim, `data-${pod}`)
    if (claim?.metadata.deletionTimestamp !== undefined) this.remove(KINDS.persistentVolumeClaim, claim.metadata.name)
  }

  #written(place: string, patch: KubeObject): KubeObject {
    const old = this.#objects.get(place) ?? { metadata: { uid: `uid of ${place}` } }
    return merged(old, patch) as KubeObject
  }

  #list(path: string) {
    const items = [...this.#objects].flatMap(([place, object]) => (place.startsWith(`${path}/`) ? [object] : []))
    return { status: 200, body: JSON.stringify({ items, metadata: { resourceVersion: '1' } }) }
  }

  #found(path: string) {
    const object = this.#objects.get(path)
    return object === undefined ? { status: 404, body: '{"reason":"NotFound"}' } : { status: 200, body: JSON.stringify(object) }
  }
}
