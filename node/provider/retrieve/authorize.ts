/**
 * Who may have a shard: whoever the set's read key signed for, or whom a tracker granted it. The peer that asks must be the one that
 * is named: providers cannot fetch from each other on demand (outsourcing, white paper 4.4), only to see that another one has the
 * shard that they are to give up.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import {
  GRANT,
  openDocument,
  READ_REQUEST,
  type Grant,
  type ReadRequest,
  type SegmentRecord,
  type SignedDocument,
} from '@lunarx/core/document'
import { publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { equalBytes, hasCode, LunarError } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import type { QuestionOf, retrieve } from '@lunarx/wire'
import type { ShardKey } from '../store/index.ts'

export interface AuthorizeDeps {
  readonly crypto: CryptoEngine
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
  /** True for peers known as trackers of the network: by its configuration, by its epoch, or since they answer heartbeats. */
  readonly isTracker: (peer: PeerId) => boolean
}

/** @throws {LunarError} UNAUTHORIZED */
export function authorize(
  authority: QuestionOf<typeof retrieve>['authority'],
  key: ShardKey,
  record: SegmentRecord,
  asker: Session,
  deps: AuthorizeDeps,
): void {
  const scope: ReadRequest | Grant =
    authority.kind === 'reader' ? openReader(authority.request, record, deps) : openGrant(authority.grant, asker, deps)
  const isFor = equalBytes(scope.segment, key.segment) && scope.index === key.index
  if (!isFor || scope.reader !== asker.peer) throw new LunarError('UNAUTHORIZED', 'the authority is for another shard or another peer')
  const isToGiveWay = 'purpose' in scope && scope.purpose === 'give-way'
  if (asker.credential.role === 'provider' && !isToGiveWay)
    throw new LunarError('UNAUTHORIZED', 'a provider may read a shard of another one only by the order to give up its own')
  if (scope.expiresMs <= deps.nowMs)
    throw new LunarError('UNAUTHORIZED', 'the authority has expired', { detail: { expiresMs: scope.expiresMs, nowMs: deps.nowMs } })
}

function openReader(request: SignedDocument, record: SegmentRecord, { crypto }: AuthorizeDeps): ReadRequest {
  return refused('the read key', () => openDocument(READ_REQUEST, request, () => record.readKey, crypto))
}

/** @throws {LunarError} UNAUTHORIZED: it is not signed by a tracker of the network */
export function openGrant(
  document: SignedDocument,
  asker: Session,
  { crypto, isTracker }: Pick<AuthorizeDeps, 'crypto' | 'isTracker'>,
): Grant {
  const grant = refused('a tracker', () => openDocument(GRANT, document, ({ tracker }) => publicKeyOf(tracker), crypto))
  const isAsker = grant.tracker === asker.peer && asker.credential.role === 'tracker'
  if (!isAsker && !isTracker(grant.tracker)) throw new LunarError('UNAUTHORIZED', 'the grant is not of a tracker of the network')
  return grant
}

function refused<T>(signer: string, open: () => T): T {
  try {
    return open()
  } catch (cause) {
    if (!hasCode(cause, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw cause
    throw new LunarError('UNAUTHORIZED', `the authority is not signed by ${signer}`, { cause })
  }
}
