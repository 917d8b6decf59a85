import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import fc from 'fast-check'
import { peerIdOf } from '../membership/peer-id.ts'
import { hexOf } from '../model/bytes.ts'
import { hasCode } from '../model/error.ts'
import { documentId } from '../document/signed.ts'
import type { FleetMember } from './choose.ts'
import { EPOCH, type Epoch } from './document.ts'
import { planEpoch } from './plan.ts'
import { signEpoch, verifyEpoch } from './sign.ts'
import { assignSlots } from './slots.ts'

const tracker = (n: number) => peerIdOf(new Uint8Array(32).fill(200 + n))
const provider = (n: number, change: Partial<FleetMember> = {}): FleetMember => {
  const peer = peerIdOf(new Uint8Array(32).fill(n + 1))
  const address = { peer, host: `p-${n}`, controlPort: 4001, dataPort: 4002 }
  return {
    peer,
    name: `p-${n}`,
    domain: `n${n}`,
    address,
    state: 'alive',
    declaredLost: false,
    services: ['storage', 'index'],
    epoch: 0,
    mergedEpoch: 0,
    ...change,
  }
}
const question = (fleet: readonly FleetMember[], previous?: Epoch) => ({
  network: 'ns/net',
  previous,
  fleet,
  trackers: [tracker(0), tracker(1), tracker(2)],
  survive: 1,
  nowMs: 5,
})
const plan = (fleet: readonly FleetMember[], previous?: Epoch) => planEpoch(question(fleet, previous), crypto)
const issue = (fleet: readonly FleetMember[], previous?: Epoch): Epoch => {
  const answer = plan(fleet, previous)
  if (answer.kind !== 'issue') throw new Error(answer.message)
  return answer.epoch
}
const merged = (fleet: readonly FleetMember[], epoch: Epoch) =>
  fleet.map((member) => ({ ...member, epoch: epoch.number, mergedEpoch: epoch.number }))

test('the first epoch waits for d + 2 domains', (t) => {
  t.like(plan([provider(0), provider(1), provider(2, { domain: 'n1' })]), { kind: 'keep', reason: 'too-few-domains' })
  t.like(plan([provider(0), provider(1), provider(2, { services: ['storage'] })]), { kind: 'keep', reason: 'too-few-domains' })
  const first = issue([provider(0), provider(1), provider(2)])
  t.like(first, { number: 1, previous: null, survive: 1 })
  t.is(first.members.length, 3)
})

test('nothing changed: the epoch stays; the document before is named by its id', (t) => {
  const fleet = [provider(0), provider(1), provider(2)]
  const first = issue(fleet)
  t.like(plan(merged(fleet, first), first), { kind: 'keep', reason: 'unchanged' })
  const second = issue([...merged(fleet, first), provider(3)], first)
  const key = crypto.signKey(new Uint8Array(32).fill(9))
  t.deepEqual(second.previous, documentId(EPOCH, signEpoch(first, key), crypto))
})

test('a lost member is replaced, a silent one is not', (t) => {
  const fleet = [0, 1, 2, 3].map((n) => provider(n))
  const first = issue(fleet)
  const [a, b, c, d] = merged(fleet, first) as [FleetMember, FleetMember, FleetMember, FleetMember]
  t.like(plan([a, b, c, { ...d, state: 'suspect' }], first), { kind: 'keep', reason: 'unchanged' })
  t.false(issue([a, b, c, { ...d, state: 'lost' }], first).members.some((m) => m.peer === d.peer))
  t.false(issue([a, b, c, { ...d, declaredLost: true }], first).members.some((m) => m.peer === d.peer))
})

test('an epoch with fewer than d + 2 domains is never issued, even after a loss', (t) => {
  const fleet = [0, 1, 2].map((n) => provider(n))
  const first = issue(fleet)
  const [a, b, c] = merged(fleet, first) as [FleetMember, FleetMember, FleetMember]
  t.like(plan([a, b, { ...c, state: 'lost' }], first), { kind: 'keep', reason: 'too-few-domains' })
})

test('no epoch is issued over members that have not merged, or that nobody has heard of', (t) => {
  const fleet = [0, 1, 2].map((n) => provider(n))
  const first = issue(fleet)
  const [a, b, c] = merged(fleet, first) as [FleetMember, FleetMember, FleetMember]
  t.like(plan([a, b, { ...c, mergedEpoch: 0 }, provider(3)], first), { kind: 'keep', reason: 'unmerged' })
  t.like(plan([a, b, provider(3)], first), { kind: 'keep', reason: 'unmerged' })
  t.is(issue([a, b, { ...c, mergedEpoch: 0, state: 'lost' }, provider(3)], first).number, 2)
})

const leaving = (member: FleetMember): FleetMember => ({ ...member, drain: {} })

test('a member that is being drained leaves, one domain at a time, each epoch merged before the next', (t) => {
  const fleet = [0, 1, 2, 3, 4].map((n) => provider(n))
  const first = issue(fleet)
  const names = ({ members }: Epoch) => members.map(({ name }) => name).sort()
  const both = merged(fleet, first).map((member, n) => (n >= 3 ? leaving(member) : member))
  const second = issue(both, first)
  t.deepEqual(names(second), ['p-0', 'p-1', 'p-2', 'p-4'])
  t.like(plan(both, second), { kind: 'keep', reason: 'unmerged' })
  const third = issue(merged(both, second), second)
  t.deepEqual(names(third), ['p-0', 'p-1', 'p-2'])
  t.like(plan(merged(both, third), third), { kind: 'keep', reason: 'unchanged' })
  t.deepEqual(names(issue(merged(fleet, third), third)), ['p-0', 'p-1', 'p-2', 'p-3', 'p-4'])
})

test('a member that is being drained stays where rows would have too few domains, and while another is replaced as lost', (t) => {
  const three = [0, 1, 2].map((n) => provider(n))
  const first = issue(three)
  const [a, b, c] = merged(three, first) as [FleetMember, FleetMember, FleetMember]
  t.like(plan([a, b, leaving(c)], first), { kind: 'keep', reason: 'unchanged' })
  const fleet = [0, 1, 2, 3, 4].map((n) => provider(n))
  const wide = issue(fleet)
  const now = merged(fleet, wide).map((member, n) => (n === 4 ? leaving(member) : n === 0 ? { ...member, declaredLost: true } : member))
  const second = issue(now, wide)
  t.deepEqual(second.members.map(({ name }) => name).sort(), ['p-1', 'p-2', 'p-3', 'p-4'])
  t.false(issue(merged(now, second), second).members.some(({ name }) => name === 'p-4'))
  t.false(issue([...merged(three, first), leaving(provider(3)), provider(4)], first).members.some(({ name }) => name === 'p-3'))
})

test('an address that changed makes a new epoch', (t) => {
  const fleet = [0, 1, 2].map((n) => provider(n))
  const first = issue(fleet)
  const [a, b, c] = merged(fleet, first) as [FleetMember, FleetMember, FleetMember]
  const moved = issue([a, b, { ...c, address: { ...c.address, host: 'elsewhere' } }], first)
  t.is(moved.members.find((m) => m.peer === c.peer)?.address.host, 'elsewhere')
})

test('whatever happens to the fleet, an issued epoch has d + 2 domains, no lost member, and follows a merged one', (t) => {
  const member = fc.record({
    n: fc.nat(7),
    domain: fc.nat(4),
    state: fc.constantFrom('alive', 'suspect', 'lost'),
    mergedEpoch: fc.nat(3),
    declaredLost: fc.boolean(),
  })
  const fleets = fc
    .uniqueArray(member, { selector: ({ n }) => n, maxLength: 8 })
    .map((list) => list.map(({ n, domain, ...rest }) => provider(n, { ...rest, domain: `n${domain}` })))
  fc.assert(
    fc.property(fc.array(fleets, { maxLength: 6 }), (steps) => {
      let epoch: Epoch | undefined
      for (const fleet of steps) {
        const answer = plan(fleet, epoch)
        if (answer.kind === 'keep') continue
        const alive = new Map(fleet.filter((m) => m.state !== 'lost' && !m.declaredLost).map((m) => [m.peer, m]))
        const lost = new Set(fleet.map((m) => m.peer).filter((peer) => !alive.has(peer)))
        t.true(new Set(answer.epoch.members.map((m) => m.domain)).size >= 3)
        t.true(answer.epoch.members.every((m) => alive.has(m.peer)))
        t.is(answer.epoch.number, (epoch?.number ?? 0) + 1)
        for (const { peer } of epoch?.members ?? []) t.true(lost.has(peer) || (alive.get(peer)?.mergedEpoch ?? -1) >= (epoch?.number ?? 0))
        epoch = answer.epoch
      }
    }),
  )
})

test('slots keep their tracker, and are shared evenly', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(fc.nat(11), { minLength: 1 }), { minLength: 1, maxLength: 6 }), (steps) => {
      let slots: string[] = []
      for (const trackers of steps) {
        const peers = trackers.map(tracker)
        const next = assignSlots(slots, peers)
        t.is(next.length, 8)
        t.deepEqual(assignSlots(next, peers.toReversed()), next)
        const loads = peers.map((peer) => next.filter((slot) => slot === peer).length)
        t.true(Math.max(...loads) - Math.min(...loads) <= 1)
        slots = next
      }
    }),
  )
  t.deepEqual(assignSlots([], []), [])
})

test('an epoch is believed under the network key and for its own network only', (t) => {
  const key = crypto.signKey(new Uint8Array(32).fill(9))
  const network = { network: 'ns/net', networkKey: hexOf(key.publicKey) }
  const first = issue([provider(0), provider(1), provider(2)])
  const document = signEpoch(first, key)
  t.deepEqual(verifyEpoch(document, network, crypto), first)
  t.true(
    hasCode(
      t.throws(() => verifyEpoch(document, { ...network, network: 'ns/other' }, crypto)),
      'UNKNOWN_NETWORK',
    ),
  )
  t.true(
    hasCode(
      t.throws(() => verifyEpoch({ ...document, signature: new Uint8Array(64) }, network, crypto)),
      'BAD_SIGNATURE',
    ),
  )
  const other = crypto.signKey(new Uint8Array(32).fill(8))
  t.true(
    hasCode(
      t.throws(() => verifyEpoch(signEpoch(first, other), network, crypto)),
      'BAD_SIGNATURE',
    ),
  )
})
