/**
 * Composition root of the operator: health → connection → certificate → issuer (every replica) → reconciliation (the leader).
 *
 * Health comes first and waits for nobody: a process that cannot reach the API server is alive and not ready, and a restart would not
 * bring the server back.
 *
 * @module
 */
import { hasCode } from '@lunarx/core/model'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { type Clock, SystemClock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { SystemRandom } from '@lunarx/runtime/random'
import { LunarOperator } from './controllers/index.ts'
import { askCluster, askNamespace, issuerCertificate, issuerUrl, serveCredentials } from './enrolment/index.ts'
import type { Flags } from './flags.ts'
import { ApiError, Connection, KubeClient, KubeMetrics, serveHealth } from './kube/index.ts'
import { reachTrackers } from './trackers/index.ts'

const PAUSE_MS = 2_000

/** Asks again for as long as the API server does not answer, or answers that it cannot. @throws {LunarError} what it refuses; ABORTED */
async function patiently<T>(ask: () => Promise<T>, clock: Clock, log: Log, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      const isAway =
        hasCode(error, 'CLUSTER_UNREACHABLE') || hasCode(error, 'TIMEOUT') || (error instanceof ApiError && error.status >= 500)
      if (!isAway) throw error
      log.warn('the API server does not answer yet', { error })
    }
    await clock.sleep(PAUSE_MS, signal)
  }
}

/**
 * Runs until disposed of: what is in hand ends, the Lease is given back.
 * @param signal ends a start that waits for the API server
 * @throws {LunarError} when it cannot start; the signal's reason
 */
export async function startOperator(flags: Flags, log: Log, signal: AbortSignal): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack()
  const clock = new SystemClock()
  const random = new SystemRandom()
  const metrics = new KubeMetrics()
  const started: { operator?: LunarOperator } = {}
  const source = {
    failures: () => started.operator?.failures() ?? [],
    isReady: () => started.operator?.isReady() ?? false,
    contentType: metrics.contentType,
    metrics: () => metrics.text(),
  }
  parts.use(await serveHealth(flags.healthPort, source))
  const client = new KubeClient(parts.use(new Connection(metrics)))
  const { namespace, operatorService: service } = flags
  const tls = await patiently(() => issuerCertificate(client, { namespace, service }, clock, random), clock, log, signal)
  const issue = { port: flags.issuerPort, tls, namespace, lifetimeMs: flags.membershipLifetimeSeconds * 1_000 }
  const inquiry = flags.namespaced ? askNamespace(client, clock) : askCluster(client)
  parts.use(await serveCredentials(issue, { client, inquiry, clock, log, crypto: nodeCrypto }))
  const operator = parts.use(
    new LunarOperator({
      client,
      clock,
      random,
      metrics,
      log,
      crypto: nodeCrypto,
      reachTracker: reachTrackers({ clock, random, crypto: nodeCrypto }),
      watchNamespace: flags.watchNamespace,
      settings: {
        operator: service,
        namespace,
        nodeImage: flags.nodeImage,
        monitoringNamespace: flags.monitoringNamespace,
        issuer: { url: issuerUrl({ namespace, service }, flags.issuerPort), ca: tls.cert, outsideUrl: flags.issuerOutsideUrl },
      },
      election: flags.leaderElect ? { namespace, name: service, identity: flags.identity } : undefined,
    }),
  )
  started.operator = operator
  await operator.start()
  return parts.move()
}
