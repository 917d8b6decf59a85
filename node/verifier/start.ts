/**
 * The verifier role: an outsider that enrolled, or a pod, without a store. It asks providers what trackers drew for it, and judges again
 * what others were answered. Its word alone acquits and convicts nobody: whoever reads its transcripts judges again. Each hour it has a secret
 * in the beacon, so that trackers alone do not choose what is drawn.
 *
 * The one composition root, for `lunarx run verifier` and the simulation alike. Holds no key but its own, sees ciphertext only.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import type { NetworkConfig } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Platform } from '@lunarx/runtime/platform'
import { RateLimit, Tasks } from '@lunarx/runtime/tasks'
import { recheck, verifyLeaf } from '@lunarx/wire'
import { startAnnouncing } from './announce.ts'
import { BEACON_OUTCOMES } from './beacon-part.ts'
import { VerifierBeacon } from './beacon.ts'
import { VERIFIER_LIMITS } from './limits.ts'
import { judgeForOther } from './recheck.ts'
import { LeafVerifier } from './verify-leaf.ts'

export interface VerifierConfig {
  readonly network: Pick<NetworkConfig, 'network' | 'networkKey' | 'trackers'>
  /** Where trackers reach this verifier. */
  readonly address: PeerAddress
}

export type VerifierPlatform = Pick<Platform, 'clock' | 'crypto' | 'random' | 'log' | 'metrics'>

/** Disposed of, it announces itself no more, and lets end what is under way. */
export interface RunningVerifier extends AsyncDisposable {
  /** A tracker has taken its announcement since the start. */
  ready(): boolean
}

const MINUTE_MS = 60_000

/**
 * @param peers disposed of by the caller, after the verifier
 * @param signKey key of `peers.self`
 */
export function startVerifier(config: VerifierConfig, platform: VerifierPlatform, peers: Peers, signKey: SignKey): RunningVerifier {
  const { network, trackers } = config.network
  const { clock, metrics } = platform
  const log = platform.log.with({ role: 'verifier' })
  const verdicts = metrics.counter('lunarx_verifier_verdicts_total', 'Verdicts that this verifier signed, by what was asked of it', [
    'asked',
    'verdict',
  ])
  const rounds = metrics.counter(
    'lunarx_verifier_beacon_total',
    'Rounds of the beacon that this verifier committed to, by what came of it',
    ['outcome'],
  )
  for (const outcome of BEACON_OUTCOMES) rounds.add(0, { outcome }) // a rate needs a value before the first
  const deps = { ...platform, log, network, self: peers.self, signKey, peers }
  const { perMinute: requests, askers: maxKeys } = VERIFIER_LIMITS
  const rate = new RateLimit({ requests, windowMs: MINUTE_MS, maxKeys }, clock)
  const leaves = new LeafVerifier(deps)
  const tasks = new Tasks({ clock, log })

  peers.answer(verifyLeaf, async (question, { session, signal }) => {
    rate.take(session.peer)
    const { verdict, answer } = await leaves.verify(question, session.peer, signal)
    verdicts.add(1, { asked: 'leaf', verdict })
    return answer
  })
  peers.answer(recheck, async (question, { session }) => {
    rate.take(session.peer)
    const { verdict, signed } = judgeForOther(question, { ...deps, nowMs: clock.now() })
    verdicts.add(1, { asked: 'recheck', verdict })
    return { verdict: signed }
  })
  const announcing = startAnnouncing(trackers, { ...deps, tasks, address: { ...config.address, peer: peers.self } })
  const beacon = new VerifierBeacon({ ...deps, network: config.network, rounds })
  tasks.repeat(
    'beacon',
    () => VERIFIER_LIMITS.beaconMs,
    async (signal) => {
      if (announcing.isTaken()) await beacon.beat(signal)
    },
  )

  return {
    ready: () => announcing.isTaken(),
    [Symbol.asyncDispose]: () => tasks[Symbol.asyncDispose](),
  }
}
