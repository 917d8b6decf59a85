import { peerIdOf, STORE_KEY, type Credential } from '@lunarx/core/membership'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { NO_DRAIN } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from './fleet.ts'

const [CEPH, BUCKET] = ['ce'.repeat(16), 'b0'.repeat(16)]

/** A tracker that has heard one provider. @param said of its volume, by the issuer; @param says of its bucket, itself */
async function heard(said: string | undefined, says: string | null) {
  const clock = new SimulatedClock()
  const random = new SeededRandom(1)
  const openStore = new SimulatedStores({ random }).opener()
  const moved: string[] = []
  const fleet = await Fleet.open(
    { domainKey: 'node', detection: { heartbeatMs: 5_000, suspectMs: 15_000, lostMs: 60_000 }, trackers: 1, maxProviders: 10 },
    {
      store: await openStore('fleet'),
      clock,
      log: new Trace(clock).log('tracker'),
      onChange: (peer) => moved.push(peer),
      standings: { of: () => ({ state: 'trusted' }) as never, isPlaceable: () => true },
    },
  )
  const peer = peerIdOf(random.bytes(32))
  const hear = async (store: string | undefined) => {
    const domains = { node: 'n1', ...(store === undefined ? {} : { [STORE_KEY]: store }) }
    const address = { host: 'provider', controlPort: 1, dataPort: 2, peer }
    const room = { capacityBytes: 1e9, usedBytes: 0, reservedBytes: 0, shards: 0 }
    const rest = { epoch: 0, mergedEpoch: 0, inventorySequence: 0, drain: NO_DRAIN, incarnation: 'a', services: ['storage' as const] }
    const credential = { name: 'pool-0', domains, issuedMs: 1, role: 'provider', peer } as unknown as Credential
    await fleet.hear({ peer, credential }, { address, store: says, ...room, ...rest }, 0)
  }
  await hear(said)
  return { fleet, peer, hear, moved }
}

for (const [title, said, says, expected] of [
  ['a volume that the issuer knows to be shared', CEPH, null, CEPH],
  ['a bucket that the provider names', undefined, BUCKET, BUCKET],
  ['the issuer knows better than the provider', CEPH, BUCKET, CEPH],
  ['a volume of its own', undefined, null, undefined],
  ['what is no id says nothing', 'ceph', null, undefined],
] as const)
  test(`what a provider fails together with: ${title}`, async (t) => {
    const { fleet, peer } = await heard(said, says)
    t.like(fleet.domainsOf(peer), { domain: 'n1', store: expected })
    t.is(fleet.storing()[0]?.store, expected)
  })

test('its sets are looked at again when its volume is found to be shared', async (t) => {
  const { fleet, peer, hear, moved } = await heard(undefined, null)
  moved.length = 0
  await hear(undefined)
  t.deepEqual(moved, [])
  await hear(CEPH)
  t.deepEqual(moved, [peer])
  t.is(fleet.domainsOf(peer).store, CEPH)
})
