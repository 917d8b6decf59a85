/**
 * Composition root of the operator: connection → certificate → issuer and health (every replica) → reconciliation (the leader).
 *
 * @module
 */
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { SystemClock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { SystemRandom } from '@lunarx/runtime/random'
import { LunarOperator } from './controllers/index.ts'
import { askCluster, askNamespace, issuerCertificate, issuerUrl, serveCredentials } from './enrolment/index.ts'
import type { Flags } from './flags.ts'
import { Connection, KubeClient, KubeMetrics, serveHealth } from './kube/index.ts'
import { reachTrackers } from './trackers/index.ts'

/** Runs until disposed of: what is in hand ends, the Lease is given back. @throws {LunarError} when it cannot start */
export async function startOperator(flags: Flags, log: Log): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack()
  const clock = new SystemClock()
  const random = new SystemRandom()
  const metrics = new KubeMetrics()
  const client = new KubeClient(parts.use(new Connection(metrics)))
  const { namespace, operatorService: service } = flags
  const tls = await issuerCertificate(client, { namespace, service }, clock, random)
  const operator = new LunarOperator({
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
      issuer: { url: issuerUrl({ namespace, service }, flags.issuerPort), ca: tls.cert },
    },
    election: flags.leaderElect ? { namespace, name: service, identity: flags.identity } : undefined,
  })
  const source = {
    failures: () => operator.failures(),
    isReady: () => operator.isReady(),
    contentType: metrics.contentType,
    metrics: () => metrics.text(),
  }
  parts.use(await serveHealth(flags.healthPort, source))
  const inquiry = flags.namespaced ? askNamespace(client, clock) : askCluster(client)
  parts.use(await serveCredentials({ port: flags.issuerPort, tls, namespace }, { client, inquiry, clock, log, crypto: nodeCrypto }))
  parts.use(operator)
  await operator.start()
  return parts.move()
}
