import { LEAF_ORDER, type LeafOrder } from '@lunarx/core/audit'
import { peerIdOf } from '@lunarx/core/membership'
import { signDocument } from '@lunarx/core/document'
import { utf8 } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { PROVIDER_LIMITS } from '../limits.ts'
import { SpentOrders } from './spent-orders.ts'

const key = crypto.signKey(crypto.sha256(utf8('tracker')))
const peer = peerIdOf(key.publicKey)
const about = { network: 'net', tracker: peer, verifier: peer, provider: peer, round: 7, segment: new Uint8Array(32), index: 0, leaf: 1 }

function orderOf(sequence: number, expiresMs: number) {
  const order: LeafOrder = { ...about, sequence, expiresMs }
  return [signDocument(LEAF_ORDER, order, key), order] as const
}

test('an order is good once until it expires; so many are remembered, then none is taken before some have expired', (t) => {
  const spent = new SpentOrders(crypto)
  const [document, order] = orderOf(0, 1_000)
  spent.spend(document, order, 0)
  t.throws(() => spent.spend(document, order, 999), { code: 'UNAUTHORIZED' })
  for (let sequence = 1; sequence < PROVIDER_LIMITS.prove.orders; sequence++) spent.spend(...orderOf(sequence, 2_000), 0)
  t.throws(() => spent.spend(...orderOf(9_999, 2_000), 999), { code: 'TOO_MANY_REQUESTS' })
  spent.spend(...orderOf(9_999, 2_000), 1_000)
  t.throws(() => spent.spend(...orderOf(9_999, 2_000), 1_000), { code: 'UNAUTHORIZED' })
  t.throws(() => spent.spend(...orderOf(1, 2_000), 1_000), { code: 'UNAUTHORIZED' })
})
