import { signDocument } from '@lunarx/core/document'
import { EPOCH } from '@lunarx/core/epoch'
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import { Epochs } from './epochs.ts'

const networkKey = crypto.signKey(new Uint8Array(32).fill(1))
const stranger = crypto.signKey(new Uint8Array(32).fill(2))
const peer = peerIdOf(stranger.publicKey)
const member = { peer, name: 'pool-0', domain: 'n0', address: { host: 'pool-0', controlPort: 1, dataPort: 2 } }

const epoch = (number: number, network = 'test/net', key = networkKey) =>
  signDocument(EPOCH, { network, number, survive: 1, members: [member], trackerSlots: [], createdMs: 1, previous: null }, key)

async function open(stores = new SimulatedStores({ random: new SeededRandom(1) })) {
  const store = await stores.opener()('epochs')
  return { stores, epochs: await Epochs.open({ store, crypto, network: 'test/net', networkKey: networkKey.publicKey }) }
}

test('keeps the newest two, whatever the order they come in, over a crash', async (t) => {
  const { stores, epochs } = await open()
  t.is(epochs.number, 0)
  t.true(await epochs.adopt(epoch(2)))
  t.false(await epochs.adopt(epoch(1)))
  t.true(await epochs.adopt(epoch(300)))
  t.false(await epochs.adopt(epoch(1)))
  t.false(await epochs.adopt(epoch(300)))
  t.is(epochs.number, 300)
  t.deepEqual(epochs.documents, [epoch(300), epoch(2)])
  stores.crash()
  const bodies = (await open(stores)).epochs.documents.map(({ body }) => hexOf(body))
  t.deepEqual(
    bodies,
    [epoch(300), epoch(2)].map(({ body }) => hexOf(body)),
  )
})

test('an epoch of another network or signed by another key is refused', async (t) => {
  const { epochs } = await open()
  await t.throwsAsync(epochs.adopt(epoch(1, 'test/other')), { code: 'UNKNOWN_NETWORK' })
  await t.throwsAsync(epochs.adopt(epoch(1, 'test/net', stranger)), { code: 'BAD_SIGNATURE' })
  t.is(epochs.number, 0)
})
