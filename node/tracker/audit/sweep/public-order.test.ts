import { BEACON_ROUND_MS } from '@lunarx/core/audit'
import { utf8 } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { TRACKER_LIMITS } from '../../limits.ts'
import { publicOrder } from './public-order.ts'

const valueOf = (round: number): Uint8Array => crypto.sha256(utf8(`value ${round}`))
const orderAt = (round: number, known: readonly number[], network = 'net'): Uint8Array =>
  publicOrder(round * BEACON_ROUND_MS + 1, { network, crypto, beaconValue: (one) => (known.includes(one) ? valueOf(one) : undefined) })

test('a round of the sweep has the order of a value that everybody can know', (t) => {
  t.deepEqual(orderAt(1_000, [998, 1_000, 1_001]), valueOf(1_000))
  t.deepEqual(orderAt(1_000, [990, 998, 1_001]), valueOf(998), 'the newest before, never one that came later')
  const none = orderAt(1_000, [1_001, 999 - TRACKER_LIMITS.audit.beaconRounds])
  t.deepEqual(none, orderAt(2_000, []), 'the same for all trackers')
  t.notDeepEqual(none, orderAt(1_000, [], 'another'))
})
