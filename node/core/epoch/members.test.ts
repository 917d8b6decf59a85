import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import fc from 'fast-check'
import { peerIdOf } from '../membership/peer-id.ts'
import type { EpochMember } from './document.ts'
import { partitionMembers, readQuorum, replicaCount, writeQuorum } from './members.ts'

const member = (n: number, domain: number): EpochMember => {
  const peer = peerIdOf(new Uint8Array(32).fill(n + 1))
  return { peer, name: `p-${n}`, domain: `n${domain}`, address: { peer, host: 'h', controlPort: 4001, dataPort: 4002 } }
}
const fleet = fc.array(fc.nat(7), { minLength: 1, maxLength: 24 }).map((domains) => domains.map((domain, n) => member(n, domain)))
const partition = fc.uint8Array({ minLength: 32, maxLength: 32 })
const survive = fc.nat(3)

test('d + 2 members in distinct domains, fewer only when there are no more domains; quorums always meet', (t) => {
  fc.assert(
    fc.property(fleet, partition, survive, (members, id, d) => {
      const chosen = partitionMembers({ survive: d, members }, id, crypto)
      const domains = new Set(members.map((m) => m.domain)).size
      t.is(chosen.length, Math.min(replicaCount(d), domains))
      t.is(new Set(chosen.map((m) => m.domain)).size, chosen.length)
      t.true(writeQuorum({ survive: d }) + readQuorum({ survive: d }, chosen.length) > chosen.length)
      t.deepEqual(partitionMembers({ survive: d, members: members.toReversed() }, id, crypto), chosen)
    }),
  )
})

test('a member that joins or leaves moves one replica at most, and none of partitions that are not its own', (t) => {
  fc.assert(
    fc.property(fleet, partition, survive, fc.nat(), (members, id, d, n) => {
      const leaver = members[n % members.length] as EpochMember
      const before = partitionMembers({ survive: d, members }, id, crypto)
      const after = partitionMembers({ survive: d, members: members.filter((m) => m !== leaver) }, id, crypto)
      const moved = before.filter((m) => !after.includes(m))
      t.deepEqual(moved, before.includes(leaver) ? [leaver] : [])
    }),
  )
})

test('partitions are spread over members', (t) => {
  const members = Array.from({ length: 6 }, (_, n) => member(n, n))
  const held = new Map(members.map((m) => [m.peer, 0]))
  for (let n = 0; n < 600; n++) {
    const id = crypto.sha256(Uint8Array.of(n >> 8, n & 255))
    for (const { peer } of partitionMembers({ survive: 1, members }, id, crypto)) held.set(peer, (held.get(peer) ?? 0) + 1)
  }
  for (const count of held.values()) t.true(count > 200 && count < 400, `${count} of an expected 300`)
})
