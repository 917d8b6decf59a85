/**
 * A provider that keeps nothing and means to fetch from its peers what it is asked: they judge its request as pods do.
 *
 * @module
 */
import { GRANT, READ_REQUEST, signDocument, type SignedDocument } from '@lunarx/core/document'
import { hasCode } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { authorize } from '../../node/provider/retrieve/authorize.ts'
import { stream } from '../vectors/stream.ts'
import { honest, type Behaviour } from './behaviour.ts'
import { PROVIDER, VERIFIERS } from './papers.ts'
import { NETWORK, type HeldShard } from './shards.ts'

const providerKey = crypto.signKey(stream('provider', 32))
const ownerKey = crypto.signKey(stream('owner', 32))
const tracker = VERIFIERS[0]?.peer ?? ''
const EXPIRES_MS = 1e12

const asker = {
  peer: PROVIDER,
  credential: {
    network: NETWORK,
    peer: PROVIDER,
    role: 'provider' as const,
    name: 'pool-0',
    domains: {},
    issuedMs: 0,
    expiresMs: EXPIRES_MS,
  },
}

/** Requests that it can make: under a key of its own, under a grant that it signs itself, and one that another reader got. */
function requestsFor({ segment, index }: HeldShard) {
  const scope = { segment, index, reader: PROVIDER, expiresMs: EXPIRES_MS }
  const reading = (document: SignedDocument) => ({ kind: 'reader' as const, request: document })
  return [
    reading(signDocument(READ_REQUEST, scope, providerKey)),
    { kind: 'grant' as const, grant: signDocument(GRANT, { ...scope, tracker, purpose: 'repair' }, providerKey) },
    { kind: 'grant' as const, grant: signDocument(GRANT, { ...scope, tracker: PROVIDER, purpose: 'give-way' }, providerKey) },
    reading(signDocument(READ_REQUEST, { ...scope, reader: tracker }, ownerKey)),
  ]
}

const isLetIn = (shard: HeldShard, authority: ReturnType<typeof requestsFor>[number]): boolean => {
  try {
    authorize(authority, { segment: shard.segment, index: shard.index }, shard.record, asker, {
      crypto,
      nowMs: 0,
      isTracker: (peer) => peer === tracker,
    })
    return true
  } catch (error) {
    if (hasCode(error, 'UNAUTHORIZED')) return false
    throw error
  }
}

export function fetchesFromPeers(shards: readonly HeldShard[], how: { readonly withinMs: number; readonly trials: number }) {
  let asked = 0
  let fetched = 0
  const behaviour: Behaviour = (question) => {
    const isFetched = requestsFor(question.shard).some((request) => {
      asked++
      return isLetIn(question.shard, request)
    })
    if (isFetched) fetched++
    return isFetched ? honest(question) : undefined
  }
  return {
    attack: 'fetches from others on demand',
    paper: 'outsourcing',
    lacking: shards.length > 0 ? 1 : 0,
    behaviour: () => behaviour,
    beside: () =>
      [
        { what: 'requests to peers', count: asked, due: 'some' },
        { what: 'answered', count: fetched, due: 0 },
      ] as const,
    ...how,
  }
}
