/**
 * LunarNetwork → key, client configuration, epoch, disruption budget, healing, status. Reads as: prepare → look → detect → plan →
 * act → step the epoch → write status.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { hexOf } from '@lunarx/core/model'
import { lunarNetworkSpec, type LunarNetworkSpec } from '../api/index.ts'
import { absencesAllowed, act, findRowLackers, mergeFleet, plan, type Finding, type Fleet } from '../healing/index.ts'
import type { Informer, Outcome } from '../kube/index.ts'
import { applyChild, isLeftAlone, writeStatus } from './act.ts'
import { clientConfigMap, networkConfig, outsideConfig, providersBudget, rowSurvive } from './children/network-children.ts'
import { imageOf, versionOf } from './children/stateful-set.ts'
import { declareMaintenance } from './declare-maintenance.ts'
import type { ControllerDeps } from './deps.ts'
import { stepEpoch } from './epoch.ts'
import { findingsOf } from './findings.ts'
import { askTrackers, type Answering } from './look.ts'
import { clientConfigName, DRAINED_FINALIZER, networkId, podNames } from './names.ts'
import { networkKey } from './network-key.ts'
import { orderAudits } from './order-audits.ts'
import { replaceLost } from './replace-lost.ts'
import { rollOut } from './roll-out.ts'
import { judgePools, orderDrains } from './shrink-pools.ts'
import { askLeaving, judgeTrackers, nameTrackers, type NamedTrackers } from './shrink-trackers.ts'
import { recordIn, standingOf, type RepairStanding } from './network-repair.ts'
import { networkExposed, outsidePeers, type NetworkPools } from './network-outside.ts'
import { networkStatus, recheckAfterMs, type NetworkSight } from './network-status.ts'
import { LUNAR_KINDS, providerPool, trackerPool, verifiersOf, type LunarNetwork, type Pool } from './pool.ts'
import { isPodReady } from './pod-cause.ts'
import type { Obstacle } from './pool-status.ts'
import { REFUSED_AGAIN_MS, refusalOf, unlessRefused } from './refusal.ts'

/**
 * Pools that name this network, those that are being deleted until they are drained. Those that do not fit their schema are left out: their
 * own reconciliation says so.
 */
function poolsOf(network: LunarNetwork, { cache }: ControllerDeps): NetworkPools {
  const { name, namespace } = network.metadata
  const take = <T extends { readonly metadata: LunarNetwork['metadata']; readonly spec: unknown }>(
    all: readonly T[],
    make: (owner: T) => Pool,
  ): Pool[] =>
    all
      .filter(
        ({ metadata, spec }) =>
          metadata.namespace === namespace &&
          (spec as { readonly network?: string }).network === name &&
          (metadata.deletionTimestamp === undefined || metadata.finalizers?.includes(DRAINED_FINALIZER) === true),
      )
      .flatMap((owner) => {
        try {
          return [make(owner)]
        } catch {
          return []
        }
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  return { trackers: take(cache.trackers.list(), trackerPool), providers: take(cache.providers.list(), providerPool) }
}

async function heal(
  pools: NetworkPools,
  findings: readonly Finding[],
  trackers: readonly Answering[],
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  for (const action of plan(findings)) {
    await act(
      action,
      trackers.map(({ admin }) => admin),
      signal,
    )
    if (action.kind === 'retire') {
      deps.log.info('retired', { ...action })
      continue
    }
    deps.log.warn('declared lost', { ...action })
    const owner = pools.providers.find(({ name, spec }) => podNames(name, spec.replicas).includes(action.name))?.owner
    if (owner !== undefined)
      await deps.events.record(owner, {
        type: 'Warning',
        reason: 'VolumeLost',
        message: `${action.peer}: ${action.reason}. Its shards are rebuilt.`,
      })
  }
}

const podsOf = (pools: readonly Pool[]): number => pools.reduce((sum, { spec }) => sum + spec.replicas, 0)

/** While a tracker leaves. */
const LEAVING_RECHECK_MS = 3_000

/** As many as a network configuration may name. */
const MAX_TRACKERS = 99

interface Prepared {
  readonly key: SignKey
  readonly spec: LunarNetworkSpec
  /** The client configuration stays what it was. */
  readonly refusal?: Obstacle | undefined
}

async function prepare(
  network: LunarNetwork,
  pools: NetworkPools,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<Prepared | Obstacle> {
  const spec = lunarNetworkSpec.safeParse(network.spec)
  if (!spec.success)
    return { reason: 'InvalidSpec', message: spec.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') }
  const key = await networkKey(network, deps, signal)
  if ('reason' in key) return key
  if (pools.trackers.length === 0) return { reason: 'NoTrackers', message: 'No Tracker names this network: apply one.' }
  const pods = podsOf(pools.trackers)
  if (pods > MAX_TRACKERS)
    return { reason: 'TooManyTrackers', message: `A network has at most ${MAX_TRACKERS} tracker pods, ${pods} are wanted.` }
  const config = networkConfig(network, spec.data, hexOf(key.publicKey), pools.trackers, deps.settings.issuer)
  const peers = outsidePeers(pools)
  const outside = peers && outsideConfig(config, peers, deps.settings.issuer)
  const configMap = clientConfigMap(network, spec.data, config, outside)
  const refusal = await unlessRefused(applyChild(deps.cache.configMaps as unknown as Informer, configMap, deps, signal))
  const { namespace, name } = configMap.metadata
  // pods that run with the configuration before are healed all the same
  if (refusal !== undefined && deps.cache.configMaps.get(namespace, name) === undefined) return refusal
  return { key, spec: spec.data, refusal }
}

/** Names of pods of providers. */
function podsOfProviders({ metadata: { namespace } }: LunarNetwork, { providers }: NetworkPools, { cache }: ControllerDeps) {
  const replicasOf = ({ name, spec }: Pool) => cache.statefulSets.get(namespace, name)?.spec.replicas ?? spec.replicas
  const wanted = providers.flatMap((pool) => podNames(pool.name, replicasOf(pool)))
  const isUnready = (pod: string): boolean => {
    const live = cache.pods.get(namespace, pod)
    return live === undefined || live.metadata.deletionTimestamp !== undefined || !isPodReady(live)
  }
  return { wanted, unready: wanted.filter(isUnready) }
}

/** What Kubernetes knows: the part of the sight that needs no tracker. */
function observe(network: LunarNetwork, pools: NetworkPools, deps: ControllerDeps) {
  const { namespace } = network.metadata
  const images = [...pools.trackers, ...pools.providers].flatMap(({ name }) => imageOf(deps.cache.statefulSets.get(namespace, name)) ?? [])
  return {
    network,
    ...podsOfProviders(network, pools, deps),
    placedTrackers: pools.trackers.flatMap(({ name, spec }) =>
      podNames(name, spec.replicas).map((pod) => ({ pod, node: deps.cache.pods.get(namespace, pod)?.spec?.nodeName })),
    ),
    versions: images.map(versionOf),
    nowMs: deps.clock.now(),
  }
}

async function lookAndHeal(
  network: LunarNetwork,
  pools: NetworkPools,
  naming: NamedTrackers,
  { key, spec, refusal }: Prepared,
  deps: ControllerDeps,
  signal: AbortSignal,
) {
  const { name, namespace = 'default' } = network.metadata
  const [trackers, leaving] = await Promise.all([
    askTrackers(name, key, pools.trackers, deps, signal),
    askLeaving(name, key, naming, deps, signal),
  ])
  const leftOut = naming.plan.next?.isLeftOut === true ? naming.plan.next.pod : undefined
  // what only the leaving tracker knows of is not known to those that are named, until it has handed that over
  const known = podsOf(pools.trackers) + (leftOut === undefined ? 0 : 1)
  const fleet =
    trackers.length === 0
      ? undefined
      : mergeFleet(
          trackers.map(({ status }) => status),
          { desired: known, survive: rowSurvive(spec) },
        )
  deps.observatory.see(networkId(namespace, name), fleet)
  const findings = fleet === undefined ? [] : await findingsOf({ namespace, pools: pools.providers }, fleet.providers, deps, signal)
  await heal(pools, findings, trackers, deps, signal)
  const lostNodes = await replaceLost(
    {
      pools: [...pools.trackers, ...pools.providers, ...pools.trackers.flatMap((pool) => verifiersOf(pool) ?? [])],
      policy: spec.lostNode,
      fleet,
      trackers,
      desired: known,
    },
    deps,
    signal,
  )
  const ours = pools.providers.filter(({ owner }) => !isLeftAlone(owner, deps.settings))
  await orderDrains(judgePools(ours, fleet, spec, deps), trackers, deps, signal)
  await declareMaintenance(ours, fleet, trackers, deps, signal)
  await orderAudits(ours, trackers, deps, signal)
  const epoch =
    fleet === undefined ? undefined : await stepEpoch({ network, key, survive: rowSurvive(spec), fleet, trackers }, deps, signal)
  const absences = absencesAllowed({ fleet, epoch, unready: podsOfProviders(network, pools, deps).unready })
  const unbudgeted = await unlessRefused(applyChild(deps.cache.budgets, providersBudget(network, absences), deps, signal))
  const rollout = await rollOut(
    {
      pools: [...pools.trackers, ...pools.providers],
      fleet,
      trackers: { desired: podsOf(pools.trackers), answering: trackers },
      epoch: epoch ?? { number: 0 },
      leftOut,
    },
    deps,
    signal,
  ).catch((error: unknown) => ({ kind: 'wait', message: refusalOf(error).message }) as const)
  // where the configuration could not be written, others still take the tracker that leaves for an owner
  const told = refusal === undefined ? rollout : ({ kind: 'wait', message: refusal.message } as const)
  judgeTrackers(naming, { trackers: [...trackers, ...leaving], rollout: told }, deps)
  const rowLackers = fleet && findRowLackers(fleet, epoch?.members ?? [], rowSurvive(spec))
  const refused = refusal ?? epoch?.refusal ?? unbudgeted
  return { fleet, findings, lostNodes, rollout, epoch, rowLackers, reachable: trackers.length, refusal: refused }
}

/** Conditions whose changes are events, and how each is when all is well. */
const TOLD = { Ready: 'True', Healthy: 'True', RowsLacking: 'False' } as const

async function report(network: LunarNetwork, status: ReturnType<typeof networkStatus>, deps: ControllerDeps): Promise<void> {
  for (const [type, good] of Object.entries(TOLD)) {
    const condition = status.conditions?.find((entry) => entry.type === type)
    const before = network.status?.conditions?.find((entry) => entry.type === type)
    if (condition === undefined || (condition.status === before?.status && condition.reason === before.reason)) continue
    const isGood = condition.status === good
    await deps.events.record(network, {
      type: isGood ? 'Normal' : 'Warning',
      reason: isGood ? type : condition.reason,
      message: condition.message,
    })
  }
}

/** Goes on from what this process saw last; after a start, from what the status says. */
function judgeRepair(
  network: LunarNetwork,
  { spec }: Prepared,
  fleet: Fleet | undefined,
  { observatory, clock }: ControllerDeps,
): RepairStanding {
  const { uid = '' } = network.metadata
  const standing = standingOf(observatory.repairRecord(uid) ?? recordIn(network.status), fleet, spec.repair, clock.now())
  observatory.seeRepair(uid, standing.record)
  return standing
}

/** What is left to do for a network that lives. */
export async function reconcileNetwork(network: LunarNetwork, deps: ControllerDeps, signal: AbortSignal): Promise<Outcome> {
  const wanted = poolsOf(network, deps)
  const naming = nameTrackers(network, wanted.trackers, deps)
  const pools: NetworkPools = { ...wanted, trackers: naming.named }
  const prepared = await prepare(network, pools, deps, signal).catch(refusalOf)
  const obstacle = 'reason' in prepared ? prepared : undefined
  if (obstacle !== undefined) {
    for (const { owner } of pools.providers) deps.observatory.seeShrink(owner.metadata.uid ?? '', undefined)
    for (const { owner } of pools.trackers) deps.observatory.seeTrackerShrink(owner.metadata.uid ?? '', undefined)
  }
  const seen = 'reason' in prepared ? undefined : await lookAndHeal(network, pools, naming, prepared, deps, signal)
  const desired = podsOf(pools.trackers)
  const sight: NetworkSight = {
    ...observe(network, pools, deps),
    spec: 'reason' in prepared ? undefined : prepared.spec,
    obstacle,
    networkKey: 'reason' in prepared ? network.status?.networkKey : hexOf(prepared.key.publicKey),
    clientConfig: obstacle === undefined ? clientConfigName(network.metadata.name) : undefined,
    trackers: { desired, reachable: seen?.reachable ?? 0 },
    fleet: seen?.fleet,
    stores: pools.providers.flatMap(({ name, spec, component }) => (component === 'provider' ? [{ name, spec }] : [])),
    findings: seen?.findings ?? [],
    lostNodes: seen?.lostNodes,
    rowLackers: seen?.rowLackers,
    refusal: seen?.refusal,
    rollout: seen?.rollout,
    repair: 'reason' in prepared ? undefined : judgeRepair(network, prepared, seen?.fleet, deps),
    exposed: networkExposed(network.metadata.name, pools, deps.settings.issuer),
    epoch: seen?.epoch ?? (network.status?.epoch === undefined ? undefined : { number: network.status.epoch, message: '' }),
  }
  const status = networkStatus(sight)
  deps.networkMetrics.see(networkId(network.metadata.namespace ?? 'default', network.metadata.name), status, {
    fleet: seen?.fleet,
    quota: sight.spec?.quota,
    repair: sight.repair,
  })
  const { isWritten } = await writeStatus(LUNAR_KINDS.network, network, status, deps, signal)
  if (isWritten) await report(network, status, deps)
  const recheckMs = obstacle?.reason === 'ObjectRefused' ? REFUSED_AGAIN_MS : recheckAfterMs(sight, status)
  return { requeueAfterMs: naming.plan.next === undefined ? recheckMs : Math.min(recheckMs, LEAVING_RECHECK_MS) }
}
