/**
 * What is remembered of providers, by releases before and after.
 */
import { encodeBytes } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { providerView } from '@lunarx/wire'
import test from 'ava'
import { packRemembered, rememberedSchema, unpackRemembered } from './member.ts'

const peer = peerIdOf(new Uint8Array(32).fill(7))
const BEFORE = {
  peer,
  name: 'pool-0',
  domain: 'n0',
  store: null,
  address: { host: 'pool-0', controlPort: 4001, dataPort: 4002, peer },
  issuedMs: 1,
  lostReason: null,
  isRetired: false,
  drain: { revision: 0, isDraining: false },
}

test('what a release without zones remembered is read, and says nothing of them', (t) => {
  t.deepEqual(unpackRemembered(encodeBytes(BEFORE)), BEFORE)
  t.is(unpackRemembered(encodeBytes(BEFORE)).zone, undefined)
})

test('zones are remembered, and a release without them reads the rest', (t) => {
  const now = { ...BEFORE, zone: 'z0' }
  t.deepEqual(unpackRemembered(packRemembered(now)), now)
  t.deepEqual(rememberedSchema.omit({ zone: true }).parse(now), BEFORE)
})

test('what a tracker without zones sees is taken', (t) => {
  const { lostReason: _lostReason, isRetired: _isRetired, issuedMs: _issuedMs, ...seen } = BEFORE
  const view = { ...seen, silentMs: 0, declaredLost: false, retired: false }
  t.deepEqual(providerView.parse(view), view)
  t.deepEqual(providerView.parse({ ...view, zone: 'z0' }).zone, 'z0')
})
