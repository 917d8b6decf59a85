/**
 * The epoch step: read the epoch in force, plan the next, write it by compare-and-swap, tell the trackers. etcd is the consensus:
 * two operators cannot both write number n + 1. A ConfigMap that is lost, or older than what is served, is restored from what trackers
 * hold, never started anew.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { documentOfText, textOfDocument, type SignedDocument } from '@lunarx/core/document'
import { planEpoch, signEpoch, verifyEpoch, type Epoch } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { TrackerStatus } from '@lunarx/wire'
import type { Fleet, TrackerAdmin } from '../healing/index.ts'
import { apiVersionOf, KINDS, type KubeObject } from '../kube/index.ts'
import type { ConfigMap, ControllerDeps } from './deps.ts'
import { controllerOf, epochName, labelsOf, networkId } from './names.ts'
import type { LunarNetwork } from './pool.ts'
import type { Obstacle } from './pool-status.ts'
import { unlessRefused } from './refusal.ts'

export interface EpochStep {
  readonly network: LunarNetwork
  readonly key: SignKey
  readonly survive: number
  readonly fleet: Fleet
  /** Trackers that answered, with what they said. */
  readonly trackers: readonly { readonly admin: TrackerAdmin; readonly status: TrackerStatus }[]
}

interface Held {
  readonly document: SignedDocument
  readonly epoch: Epoch
}

/** The epoch in a ConfigMap; undefined if there is none that verifies. */
function open(document: SignedDocument | undefined, step: EpochStep, deps: ControllerDeps): Held | undefined {
  if (document === undefined) return undefined
  const { metadata } = step.network
  const judge = { network: networkId(metadata.namespace ?? 'default', metadata.name), networkKey: hexOf(step.key.publicKey) }
  try {
    return { document, epoch: verifyEpoch(document, judge, deps.crypto) }
  } catch (error) {
    if (!(error instanceof LunarError)) throw error
    deps.log.error('an epoch does not verify', { error })
    return undefined
  }
}

function documentIn(live: ConfigMap | undefined): SignedDocument | undefined {
  const encoded = live?.data?.['epoch']
  if (encoded === undefined) return undefined
  try {
    return documentOfText(encoded)
  } catch {
    return undefined
  }
}

const newer = (one: Held | undefined, other: Held | undefined): Held | undefined =>
  one !== undefined && (other === undefined || one.epoch.number >= other.epoch.number) ? one : other

/** The newest that trackers hold. */
async function restore(step: EpochStep, deps: ControllerDeps, signal: AbortSignal): Promise<Held | undefined> {
  const answers = await Promise.allSettled(step.trackers.map(({ admin }) => admin.readEpoch(signal)))
  const held = answers.flatMap((answer) => (answer.status === 'fulfilled' ? (open(answer.value, step, deps) ?? []) : []))
  return held.reduce<Held | undefined>(newer, undefined)
}

async function write(
  step: EpochStep,
  live: ConfigMap | undefined,
  { document, epoch }: Held,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { network } = step
  const { name, namespace = 'default' } = network.metadata
  const object: KubeObject & { readonly data: Readonly<Record<string, string>> } = {
    apiVersion: apiVersionOf(KINDS.configMap),
    kind: KINDS.configMap.kind,
    metadata: {
      name: epochName(name),
      namespace,
      labels: labelsOf('network', name, name),
      ownerReferences: [controllerOf(network)],
      ...(live?.metadata.resourceVersion === undefined ? {} : { resourceVersion: live.metadata.resourceVersion }),
    },
    data: { number: String(epoch.number), epoch: textOfDocument(document) },
  }
  if (live === undefined) await deps.client.create(KINDS.configMap, object, { signal })
  else await deps.client.replace(KINDS.configMap, object, { signal })
  deps.log.info('epoch written', { network: name, number: epoch.number, members: epoch.members.length })
}

async function announce(step: EpochStep, { document, epoch }: Held, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const behind = step.trackers.filter(({ status }) => status.epoch < epoch.number)
  const answers = await Promise.allSettled(behind.map(({ admin }) => admin.announceEpoch(document, signal)))
  for (const answer of answers)
    if (answer.status === 'rejected' && !signal.aborted)
      deps.log.warn('a tracker did not take the epoch', { error: answer.reason as unknown })
}

/** Highest number that anyone is known to serve: an epoch may be lost here and live on there. */
const newestServed = ({ fleet, trackers }: EpochStep): number =>
  Math.max(0, ...trackers.map(({ status }) => status.epoch), ...fleet.providers.map(({ epoch }) => epoch))

export interface EpochInForce {
  /** 0: none yet. */
  readonly number: number
  readonly members: readonly PeerId[]
  /** Why there is no newer one. */
  readonly message: string
  /** What the API server said to the newer one. */
  readonly refusal?: Obstacle | undefined
}

const inForce = (held: Held | undefined, message: string): EpochInForce => ({
  number: held?.epoch.number ?? 0,
  members: held?.epoch.members.map(({ peer }) => peer) ?? [],
  message,
})

/** @throws {ApiError} 409: somebody else wrote meanwhile; look again */
export async function stepEpoch(step: EpochStep, deps: ControllerDeps, signal: AbortSignal): Promise<EpochInForce> {
  const { name, namespace = 'default' } = step.network.metadata
  const live = deps.cache.configMaps.get(namespace, epochName(name))
  const kept = open(documentIn(live), step, deps)
  const served = newestServed(step)
  // kept may be old: the cluster's own state was set back to an earlier day
  const previous = (kept?.epoch.number ?? -1) >= served ? kept : newer(kept, await restore(step, deps, signal))
  if ((previous?.epoch.number ?? 0) < served)
    return inForce(previous, `Epoch ${served} is served but cannot be read from any tracker that answers.`)
  const plan = planEpoch(
    {
      network: networkId(namespace, name),
      previous: previous?.epoch,
      fleet: step.fleet.providers,
      trackers: [...step.trackers].sort((a, b) => (a.status.name < b.status.name ? -1 : 1)).map(({ status }) => status.tracker),
      survive: step.survive,
      nowMs: deps.clock.now(),
    },
    deps.crypto,
  )
  const next = plan.kind === 'issue' ? { document: signEpoch(plan.epoch, step.key), epoch: plan.epoch } : previous
  if (next === undefined) return inForce(undefined, plan.kind === 'keep' ? plan.message : '')
  const refusal = next === kept ? undefined : await unlessRefused(write(step, live, next, deps, signal))
  if (refusal !== undefined) return { ...inForce(previous, `ConfigMap ${epochName(name)}: ${refusal.message}`), refusal }
  await announce(step, next, deps, signal)
  return inForce(next, plan.kind === 'keep' ? plan.message : `Epoch ${next.epoch.number} was written.`)
}
