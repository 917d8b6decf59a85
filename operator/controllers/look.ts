/**
 * Asks every tracker of a network what it sees. Those that do not answer in time are left out: nothing waits for a dead pod.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { deadline } from '@lunarx/runtime/tasks'
import type { TrackerStatus } from '@lunarx/wire'
import type { TrackerAdmin } from '../healing/index.ts'
import type { ControllerDeps } from './deps.ts'
import { networkId, podHost, podNames, PORTS } from './names.ts'
import type { Pool } from './pool.ts'

export interface Answering {
  readonly admin: TrackerAdmin
  readonly status: TrackerStatus
}

const LOOK_MS = 4_000

export async function askTrackers(
  network: string,
  key: SignKey,
  pools: readonly Pool[],
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<Answering[]> {
  const pods = pools.flatMap((pool) => podNames(pool.name, pool.spec.replicas).map((pod) => ({ pod, pool })))
  return await askPods(network, key, pods, deps, signal)
}

export async function askPods(
  network: string,
  key: SignKey,
  pods: readonly { readonly pod: string; readonly pool: Pool }[],
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<Answering[]> {
  const admins = pods.map(({ pod, pool: { name, namespace } }) => {
    const address = { host: podHost(pod, name, namespace), controlPort: PORTS.control, dataPort: PORTS.data }
    return deps.reachTracker({ id: networkId(namespace, network), key }, { address, adminPort: PORTS.admin })
  })
  using limit = deadline(deps.clock, LOOK_MS, signal)
  const answers = await Promise.allSettled(admins.map((admin) => admin.status(limit.signal)))
  signal.throwIfAborted()
  const namespace = pods[0]?.pool.namespace ?? ''
  answers.forEach((answer, i) => tellOf(answer, networkId(namespace, network), pods[i]?.pod ?? '', deps))
  return answers.flatMap((answer, i) => {
    const admin = admins[i]
    return answer.status === 'fulfilled' && admin !== undefined ? [{ admin, status: answer.value }] : []
  })
}

/** Once when it falls silent, with the reason, and once when it is back: it is asked every few seconds. */
function tellOf(
  answer: PromiseSettledResult<TrackerStatus>,
  network: string,
  tracker: string,
  { observatory, log }: Pick<ControllerDeps, 'observatory' | 'log'>,
): void {
  const isAnswering = answer.status === 'fulfilled'
  if (!observatory.hears(network, tracker, isAnswering)) return
  if (isAnswering) log.info('a tracker answers again', { network, tracker })
  else log.warn('a tracker does not answer', { network, tracker, error: answer.reason as unknown })
}
