/**
 * Who may be given new shards.
 */
import type { Standing } from '@lunarx/core/audit'
import { peerIdOf, type Credential } from '@lunarx/core/membership'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { NO_DRAIN } from '@lunarx/wire'
import test from 'ava'
import type { Heartbeat } from './member.ts'
import { Fleet } from './fleet.ts'

interface Said {
  readonly state?: Standing['state']
  readonly beat?: Partial<Heartbeat>
  readonly drained?: boolean
  readonly lost?: boolean
  readonly silent?: boolean
}

/** By name: free bytes and load of each that may be chosen on the pools `a` and `b`. */
async function candidates(said: Readonly<Record<string, Said>>): Promise<Record<string, readonly [freeBytes: number, load: number]>> {
  const [clock, random] = [new SimulatedClock(), new SeededRandom(1)]
  const peers = new Map(Object.keys(said).map((name) => [name, peerIdOf(random.bytes(32))]))
  const nameOf = (peer: string): string => [...peers].find(([, one]) => one === peer)?.[0] ?? ''
  const stateOf = (peer: string): Standing['state'] => said[nameOf(peer)]?.state ?? 'trusted'
  const openStore = new SimulatedStores({ random }).opener()
  const fleet = await Fleet.open(
    { domainKey: 'node', detection: { heartbeatMs: 5_000, suspectMs: 15_000, lostMs: 60_000 }, trackers: 1, maxProviders: 10 },
    {
      store: await openStore('fleet'),
      clock,
      log: new Trace(clock).log('tracker'),
      onChange: () => undefined,
      standings: {
        of: (peer) => ({ state: stateOf(peer) }) as Standing,
        isPlaceable: (peer) => ['trusted', 'vetting'].includes(stateOf(peer)),
      },
    },
  )
  const hear = async (name: string, peer: string, beat: Said['beat']): Promise<void> => {
    const address = { host: name, controlPort: 1, dataPort: 2, peer }
    const room = { capacityBytes: 1_000, usedBytes: 200, reservedBytes: 0, shards: 0 }
    const rest = {
      epoch: 0,
      mergedEpoch: 0,
      inventorySequence: 0,
      drain: NO_DRAIN,
      incarnation: 'a',
      services: ['storage' as const],
      store: null,
    }
    const credential = { name, domains: { node: name }, issuedMs: 1, role: 'provider', peer } as unknown as Credential
    await fleet.hear({ peer, credential }, { address, ...room, ...rest, ...beat }, 0)
  }
  for (const [name, peer] of peers) await hear(name, peer, said[name]?.beat)
  await clock.runFor(20_000)
  for (const [name, peer] of peers) if (!said[name]?.silent) await hear(name, peer, said[name]?.beat)
  await fleet.refresh()
  for (const [name, peer] of peers) {
    if (said[name]?.drained) await fleet.orderDrain(peer, true)
    if (said[name]?.lost) await fleet.declareLost(peer, 'its volume is gone')
  }
  const open = fleet.candidates((pool) => ['a', 'b'].includes(pool))
  return Object.fromEntries(open.map(({ peer, freeBytes, load }) => [nameOf(peer), [freeBytes, load] as const]))
}

const FREE = [800, 0] as const

for (const [claim, said, expected] of [
  ['whoever is trusted', { 'a-0': {}, 'b-0': {} }, { 'a-0': FREE, 'b-0': FREE }],
  ['on the pools that are allowed', { 'a-0': {}, 'c-0': {} }, { 'a-0': FREE }],
  ['nobody who was suspended', { 'a-0': {}, 'b-0': { state: 'suspended' } }, { 'a-0': FREE }],
  ['nobody who was expelled', { 'a-0': {}, 'b-0': { state: 'expelled' } }, { 'a-0': FREE }],
  ['who is being vetted as if it were loaded', { 'a-0': {}, 'b-0': { state: 'vetting' } }, { 'a-0': FREE, 'b-0': [800, 0.75] }],
  ['who is being vetted as any, while nobody is trusted', { 'b-0': { state: 'vetting' } }, { 'b-0': FREE }],
  ['nobody who is drained', { 'a-0': {}, 'b-0': { drained: true } }, { 'a-0': FREE }],
  ['nobody who is lost', { 'a-0': {}, 'b-0': { lost: true } }, { 'a-0': FREE }],
  ['nobody who is silent', { 'a-0': {}, 'b-0': { silent: true } }, { 'a-0': FREE }],
  ['nobody who does not store', { 'a-0': {}, 'b-0': { beat: { services: ['index'] } } }, { 'a-0': FREE }],
  ['what is reserved is not free, and is load', { 'a-0': { beat: { reservedBytes: 200 } } }, { 'a-0': [600, 0.25] }],
] as const satisfies readonly (readonly [string, Readonly<Record<string, Said>>, Readonly<Record<string, readonly [number, number]>>])[])
  test(`new shards may go to: ${claim}`, async (t) => t.deepEqual(await candidates(said), { ...expected }))
