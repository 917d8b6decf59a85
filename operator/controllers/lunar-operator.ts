/**
 * The operator of LunarX: what it watches, which change wakes which reconciliation.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { Events, KINDS, Operator, type Informer, type KubeObject, type OperatorDeps, type Outcome } from '../kube/index.ts'
import { isLeftAlone } from './act.ts'
import { cleanNetwork, VOLUMES_FINALIZER } from './clean-network.ts'
import type { Cache, ConfigMap, ControllerDeps, Pod, ReachTracker, Secret, Service, Settings, VolumeClaim } from './deps.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import { MANAGED_SELECTOR, NAMESPACE_LABEL, NETWORK_LABEL, networkId, trackerOfVerifiers } from './names.ts'
import { NetworkMetrics } from './network-metrics.ts'
import { NodeAddresses } from './node-addresses.ts'
import { NodeRights } from './node-rights.ts'
import { Observatory } from './observatory.ts'
import { LUNAR_KINDS, type LunarNetwork, type Provider, type Tracker } from './pool.ts'
import { releaseOwnNamespace } from './release-own.ts'
import { reconcileNetwork } from './reconcile-network.ts'
import { reconcilePool } from './reconcile-pool.ts'

export interface LunarOperatorDeps extends OperatorDeps {
  readonly crypto: CryptoEngine
  readonly reachTracker: ReachTracker
  readonly settings: Settings
  /** Only this namespace; unset: all. */
  readonly watchNamespace?: string | undefined
}

const CLEAN_AGAIN_MS = 2_000
/** Children change in flurries: their owners look once. */
const FLURRY_MS = 250

export class LunarOperator extends Operator {
  readonly #cache: Cache
  readonly #controllerDeps: ControllerDeps

  constructor(deps: LunarOperatorDeps) {
    super(deps)
    const everywhere = { namespace: deps.watchNamespace }
    const managed = { ...everywhere, labelSelector: MANAGED_SELECTOR }
    this.#cache = {
      networks: this.watchResource<LunarNetwork>(LUNAR_KINDS.network, everywhere),
      trackers: this.watchResource<Tracker>(LUNAR_KINDS.tracker, everywhere),
      providers: this.watchResource<Provider>(LUNAR_KINDS.provider, everywhere),
      statefulSets: this.watchResource<StatefulSet>(KINDS.statefulSet, managed),
      services: this.watchResource<Service>(KINDS.service, managed),
      serviceAccounts: this.watchResource(KINDS.serviceAccount, managed),
      configMaps: this.watchResource<ConfigMap>(KINDS.configMap, managed),
      budgets: this.watchResource(KINDS.podDisruptionBudget, managed),
      policies: this.watchResource(KINDS.networkPolicy, managed),
      pods: this.watchResource<Pod>(KINDS.pod, managed),
      claims: this.watchResource<VolumeClaim>(KINDS.persistentVolumeClaim, managed),
      secrets: this.watchResource<Secret>(KINDS.secret, { namespace: deps.settings.namespace, labelSelector: MANAGED_SELECTOR }),
    }
    const { client, clock, random, crypto, log, reachTracker, settings } = deps
    const events = new Events(client, 'lunarx-operator', deps)
    this.#controllerDeps = {
      client,
      cache: this.#cache,
      events,
      reachTracker,
      observatory: new Observatory(),
      nodeAddresses: new NodeAddresses(client, clock),
      nodeRights: new NodeRights(client, clock),
      networkMetrics: new NetworkMetrics(deps.metrics),
      settings,
      clock,
      random,
      crypto,
      log,
    }
  }

  protected override init(): Promise<void> {
    this.addController('network', (key, signal) => this.#network(key, signal))
    this.addController('tracker', (key, signal) => reconcilePool('tracker', key, this.#controllerDeps, signal))
    this.addController('provider', (key, signal) => reconcilePool('provider', key, this.#controllerDeps, signal))
    const { networks, trackers, providers, secrets, ...children } = this.#cache
    networks.onChange(({ type, object }) => {
      this.#wakeNetwork(object.metadata.namespace, object.metadata.name)
      if (type === 'deleted') this.#controllerDeps.observatory.forget(object.metadata.uid ?? '')
    })
    for (const [component, informer] of [
      ['tracker', trackers],
      ['provider', providers],
    ] as const) {
      informer.onChange(({ type, object }) => {
        const { namespace, name, uid } = object.metadata
        this.enqueue(component, `${namespace ?? ''}/${name}`)
        this.enqueue('network', `${namespace ?? ''}/${(object.spec as { readonly network?: string }).network ?? ''}`)
        if (type === 'deleted') this.#controllerDeps.observatory.forget(uid ?? '')
      })
    }
    for (const informer of Object.values(children)) (informer as unknown as Informer).onChange(({ object }) => this.#wakeOwner(object))
    secrets.onChange(({ object }) => {
      const { [NAMESPACE_LABEL]: namespace, [NETWORK_LABEL]: network } = object.metadata.labels ?? {}
      if (namespace !== undefined && network !== undefined) this.enqueue('network', networkId(namespace, network))
    })
    return Promise.resolve()
  }

  override async stop(): Promise<void> {
    await super.stop()
    await releaseOwnNamespace(this.#controllerDeps)
  }

  protected override resign(): void {
    this.#controllerDeps.networkMetrics.clear()
    this.#controllerDeps.observatory.resign()
  }

  protected override *allKeys(controller: string): Iterable<string> {
    const informer = { network: this.#cache.networks, tracker: this.#cache.trackers, provider: this.#cache.providers }[controller]
    for (const { metadata } of informer?.list() ?? []) yield `${metadata.namespace ?? ''}/${metadata.name}`
  }

  async #network(key: string, signal: AbortSignal): Promise<Outcome> {
    const [namespace, name = ''] = key.split('/')
    const network = this.#cache.networks.get(namespace, name)
    if (network === undefined) {
      this.#controllerDeps.observatory.forgetNetwork(key)
      this.#controllerDeps.networkMetrics.forget(key)
      return {}
    }
    if (isLeftAlone(network, this.#controllerDeps.settings)) {
      this.#controllerDeps.networkMetrics.forget(key)
      return {}
    }
    const policy = (network.spec as { readonly deletionPolicy?: string }).deletionPolicy
    if (policy === 'Delete' || network.metadata.deletionTimestamp !== undefined) {
      const clean = (): Promise<boolean> =>
        policy === 'Delete' ? cleanNetwork(network, this.#controllerDeps, signal) : Promise.resolve(true)
      if (await this.handleResourceFinalizer(LUNAR_KINDS.network, network, VOLUMES_FINALIZER, clean, signal))
        return { requeueAfterMs: CLEAN_AGAIN_MS }
    }
    const outcome = await reconcileNetwork(network, this.#controllerDeps, signal)
    for (const { metadata, spec } of this.#cache.providers.list())
      if (metadata.namespace === namespace && (spec as { readonly network?: string }).network === name)
        this.enqueue('provider', `${namespace ?? ''}/${metadata.name}`)
    for (const { metadata, spec } of this.#cache.trackers.list()) {
      const { network: its, replicas = 0 } = spec as { readonly network?: string; readonly replicas?: number }
      const isShrinking = this.#controllerDeps.observatory.trackerShrink(metadata.uid ?? '', replicas) !== undefined
      if (metadata.namespace === namespace && its === name && isShrinking) this.enqueue('tracker', `${namespace ?? ''}/${metadata.name}`)
    }
    return outcome
  }

  /** A network changed: its pools are built from it. */
  #wakeNetwork(namespace: string | undefined, name: string): void {
    this.enqueue('network', `${namespace ?? ''}/${name}`)
    for (const [component, informer] of [
      ['tracker', this.#cache.trackers],
      ['provider', this.#cache.providers],
    ] as const) {
      for (const { metadata, spec } of informer.list())
        if (metadata.namespace === namespace && (spec as { readonly network?: string }).network === name)
          this.enqueue(component, `${namespace ?? ''}/${metadata.name}`)
    }
  }

  /** A child changed, by hand or by Kubernetes: whoever wants it looks again. */
  #wakeOwner({ metadata }: KubeObject): void {
    const labels = metadata.labels ?? {}
    const namespace = metadata.namespace ?? ''
    const { 'app.kubernetes.io/component': component, 'app.kubernetes.io/instance': instance, [NETWORK_LABEL]: network } = labels
    if (network === undefined || instance === undefined) return
    if (component === 'verifier') this.enqueue('tracker', `${namespace}/${trackerOfVerifiers(instance)}`, FLURRY_MS)
    else if (component === 'tracker' || component === 'provider') {
      this.enqueue(component, `${namespace}/${instance}`, FLURRY_MS)
      this.enqueue('network', `${namespace}/${network}`, FLURRY_MS)
    } else this.#wakeNetwork(namespace, network)
  }
}
