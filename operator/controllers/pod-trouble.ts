/**
 * What keeps the pods of a pool with a backend, or with a database, from serving: a Secret or key that is missing, as their kubelets say in Events, or what
 * a container said when it ended. The operator never reads the Secrets themselves: it has no right to.
 *
 * @module
 */
import { KINDS, type KubeObject } from '../kube/index.ts'
import type { ControllerDeps, Pod } from './deps.ts'
import { serverOf, usesServer, type Pool } from './pool.ts'
import { isPodReady } from './pod-cause.ts'

export interface PodEvent extends KubeObject {
  readonly message?: string
  readonly reason?: string
  readonly lastTimestamp?: string | null
  readonly involvedObject?: { readonly name?: string; readonly uid?: string }
}

export interface Trouble {
  readonly reason: 'SecretMissing' | 'SecretKeyMissing' | 'MountFailed' | 'BackendRefused' | 'StoreRefused'
  readonly message: string
}

/** How pods wait whose volumes are not mounted yet. */
const isWaiting = ({ status }: Pod): boolean =>
  status?.containerStatuses?.some(({ state }) => state?.waiting?.reason === 'ContainerCreating') ?? false

/** What the program said last: the line that names the error. */
function lastWordsOf({ status }: Pod): string | undefined {
  for (const { state, lastState } of status?.containerStatuses ?? []) {
    const message = state?.terminated?.message ?? lastState?.terminated?.message
    const words = message && /^lunarx: ([A-Z_]+: .+)$/m.exec(message)?.[1]
    if (words) return words
  }
  return undefined
}

/** The newest of the kubelet's complaints about this very pod. */
function complaintOf({ metadata: { name, uid } }: Pod, events: readonly PodEvent[]): string | undefined {
  const own = events.filter(({ reason, involvedObject: about }) => reason === 'FailedMount' && about?.name === name && about.uid === uid)
  return own.toSorted((a, b) => ((a.lastTimestamp ?? '') < (b.lastTimestamp ?? '') ? 1 : -1))[0]?.message
}

/** A complaint of the kubelet in words that say what to do. */
export function explainMount(pool: Pool, complaint: string): Trouble {
  const { namespace } = pool
  const [, gone] = /(?:secret|configmap) "([^"]+)" not found/.exec(complaint) ?? []
  const what = /configmap "/.test(complaint) ? 'ConfigMap' : 'Secret'
  if (gone !== undefined)
    return {
      reason: 'SecretMissing',
      message: `There is no ${what} ${gone} in namespace ${namespace}: make it with ${keysWanted(pool)}. Its pods start by themselves then.`,
    }
  const [, key] = /references non-existent (?:secret|config) key: ([-._a-zA-Z0-9]+)/.exec(complaint) ?? []
  if (key !== undefined)
    return {
      reason: 'SecretKeyMissing',
      message: `A Secret or ConfigMap of the pool has no key ${key}; wanted are ${keysWanted(pool)}. Pods start by themselves when it is there.`,
    }
  return { reason: 'MountFailed', message: complaint.slice(0, 500) }
}

function keysWanted(pool: Pool): string {
  const server = serverOf(pool)
  if (!server) return 'nothing'
  const names = pool.component === 'tracker' ? 'username and password' : 'accessKey and secretKey'
  const keys = 'credentialsSecret' in server ? [`${names} in Secret ${server.credentialsSecret.name}`] : []
  if ('tokenSecret' in server && server.tokenSecret) keys.push(`${server.tokenSecret.key} in Secret ${server.tokenSecret.name}`)
  const { caConfigMap, caSecret } = server
  if (caConfigMap) keys.push(`${caConfigMap.key} in ConfigMap ${caConfigMap.name}`)
  if (caSecret) keys.push(`${caSecret.key} in Secret ${caSecret.name}`)
  return keys.join(', ')
}

/** The first trouble of pods that are not ready; pure. */
export function troubleOf(pool: Pool, pods: readonly Pod[], events: readonly PodEvent[]): Trouble | undefined {
  for (const pod of pods.filter((one) => !isPodReady(one))) {
    const complaint = isWaiting(pod) ? complaintOf(pod, events) : undefined
    if (complaint !== undefined) return explainMount(pool, complaint)
    const words = lastWordsOf(pod)
    if (words !== undefined)
      return {
        reason: pool.component === 'tracker' ? 'StoreRefused' : 'BackendRefused',
        message: `${pod.metadata.name}: ${words.slice(0, 500)}`,
      }
  }
  return undefined
}

/** Events are asked for only while a pod waits: a pool that serves costs nothing. */
export async function findTrouble(
  pool: Pool,
  pods: readonly Pod[],
  { client }: ControllerDeps,
  signal: AbortSignal,
): Promise<Trouble | undefined> {
  if (!usesServer(pool)) return undefined
  const waits = pods.some((pod) => !isPodReady(pod) && isWaiting(pod))
  const selection = { namespace: pool.namespace, fieldSelector: 'reason=FailedMount,involvedObject.kind=Pod' }
  const events = waits ? (await client.list<PodEvent>(KINDS.event, selection, { signal })).items : []
  return troubleOf(pool, pods, events)
}
