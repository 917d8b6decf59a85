/**
 * Verifiers that do not play by the rules of the beacon.
 *
 * @module
 */
import { BEACON_COMMITMENT, BEACON_REVEAL, commitSecret, revealSecret } from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { readDocument } from '@lunarx/core/document'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { commitBeacon, followBeacon, type Exchange, type QuestionOf } from '@lunarx/wire'
import { disguised } from './disguised.ts'
import { stream } from '../vectors/stream.ts'

type Commit = QuestionOf<typeof commitBeacon>
type Follow = QuestionOf<typeof followBeacon>

/** What it asks in the place of what it should. */
export interface FalseBeacon {
  readonly commit?: (question: Commit, to: PeerAddress, key: SignKey) => Commit
  readonly follow?: (question: Follow, to: PeerAddress, key: SignKey) => Follow
}

/** Commits, and opens nothing. */
export const keepsBack: FalseBeacon = { follow: (question) => ({ ...question, reveal: null }) }

/** Opens another secret than it has committed to. */
export const opensAnother: FalseBeacon = {
  follow({ round, reveal }, _to, key) {
    if (!reveal) return { round, reveal }
    const opened = readDocument(BEACON_REVEAL, reveal)
    return { round, reveal: revealSecret(opened, { ...opened, secret: stream('another', 32) }, key) }
  },
}

/** Commits to another secret with each tracker. */
export const commitsToEach: FalseBeacon = {
  commit({ commitment }, { host }, key) {
    const about = readDocument(BEACON_COMMITMENT, commitment)
    return { commitment: commitSecret(about, key, stream(host, 32), crypto).document }
  },
}

/** Takes no part. */
export const neverCommits: FalseBeacon = {
  commit() {
    throw new LunarError('TOO_MANY_REQUESTS', 'takes no part')
  },
}

export function falseBeacon(peers: Peers, key: SignKey, { commit, follow }: FalseBeacon): Peers {
  const changed = <Q, A>(to: PeerAddress, { name }: Exchange<Q, A>, question: Q): Q => {
    if (name === commitBeacon.name && commit) return commit(question as Commit, to, key) as Q
    if (name === followBeacon.name && follow) return follow(question as Follow, to, key) as Q
    return question
  }
  return disguised(peers, {
    ask: async (to, exchange, question, options) => await peers.ask(to, exchange, changed(to, exchange, question), options),
  })
}
