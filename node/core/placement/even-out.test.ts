import test from 'ava'
import fc from 'fast-check'
import { itemAt } from '../model/item.ts'
import { EVENNESS, FilledFleet, planEven, type EvenMove, type FilledProvider } from './even-out.ts'
import { domainLimit, type PlacementRule } from './rule.ts'

interface Held {
  readonly index: number
  readonly peer: string
}

interface Case {
  readonly providers: readonly FilledProvider[]
  readonly closed: readonly string[]
  /** Nothing may move off these. */
  readonly busy: readonly string[]
  readonly forbidden: readonly string[]
  readonly rules: readonly PlacementRule[]
  readonly shardBytes: number
  readonly sets: readonly (readonly Held[])[]
}

const rule = fc
  .record({
    parity: fc.constantFrom(1, 2, 2, 3, 3, 4),
    survive: fc.constantFrom(0, 1, 1, 1, 2, 4),
    bindsZones: fc.constantFrom(false, false, true),
  })
  .map(({ survive, ...rest }): PlacementRule => ({ ...rest, survive: Math.min(survive, rest.parity) }))

const ZONES = { one: ['x'], known: ['x', 'x', 'x', 'y', 'y', 'z', ''], unknown: ['x', 'y', undefined] }

const providersOf = (zones: keyof typeof ZONES) =>
  fc
    .array(
      fc.record({
        domain: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
        zone: fc.constantFrom(...ZONES[zones]),
        store: fc.constantFrom(undefined, undefined, undefined, 's', 't'),
        capacityBytes: fc.constantFrom(100, 200, 1_000),
        fill: fc.nat({ max: 100 }),
      }),
      { minLength: 2, maxLength: 9 },
    )
    .map((list) =>
      list.map(({ fill, ...rest }, i): FilledProvider => ({ ...rest, peer: `p${i}`, takenBytes: (fill * rest.capacityBytes) / 100 })),
    )

/** Sets lie anywhere, by the rules or not. */
const cases = fc
  .constantFrom('one' as const, 'one' as const, 'known' as const, 'unknown' as const)
  .chain(providersOf)
  .chain((list): fc.Arbitrary<Case> => {
    const peers = list.map(({ peer }) => peer)
    const some = fc.oneof(fc.constant([]), fc.subarray(peers))
    return fc.record({
      providers: fc.constant(list),
      closed: some,
      busy: some,
      forbidden: some,
      rules: fc.array(rule, { minLength: 1, maxLength: 2 }),
      shardBytes: fc.constantFrom(1, 10, 40),
      sets: fc.array(
        fc
          .shuffledSubarray(peers, { minLength: 1, maxLength: Math.min(5, peers.length) })
          .map((holders) => holders.map((peer, index) => ({ index, peer }))),
        { minLength: 1, maxLength: 3 },
      ),
    })
  })

const fleetOf = ({ providers: list, closed }: Case): FilledFleet => new FilledFleet(list, (peer) => !closed.includes(peer))
const requestOf = ({ rules, shardBytes, busy, forbidden }: Case, held: readonly Held[]) => ({
  rules,
  shardBytes,
  held,
  mayGive: (peer: string) => !busy.includes(peer),
  isAllowed: (peer: string) => !forbidden.includes(peer),
})

const providerOf = ({ providers: list }: Case, peer: string): FilledProvider => {
  const found = list.find((one) => one.peer === peer)
  if (!found) throw new Error(peer)
  return found
}
const share = ({ takenBytes, capacityBytes }: FilledProvider): number => takenBytes / capacityBytes
const inZone = (one: Case, held: readonly Held[], zone: string): number =>
  held.filter(({ peer }) => (providerOf(one, peer).zone ?? '') === zone).length

/** One per provider, and at every level that binds no more than the limit: counted anew. */
function obeys(one: Case, held: readonly Held[], rules: readonly PlacementRule[]): boolean {
  const at = held.map(({ peer }) => providerOf(one, peer))
  return rules.every((by) => {
    const most = (values: readonly (string | undefined)[]): number =>
      Math.max(0, ...values.map((value) => (value === undefined ? 0 : values.filter((other) => other === value).length)))
    const limit = domainLimit(by)
    const zones = by.bindsZones ? most(at.map(({ zone = '' }) => zone)) : 0
    return most(at.map(({ domain }) => domain)) <= limit && most(at.map(({ store }) => store)) <= limit && zones <= limit
  })
}

const moved = (held: readonly Held[], { index, from }: EvenMove, to: string): Held[] =>
  held.map((one) => (one.index === index && one.peer === from ? { index, peer: to } : one))

/** Every move that is worth it, found by trying all. */
function allMoves(one: Case, held: readonly Held[], why: 'zones' | 'bytes'): string[] {
  if (!obeys(one, held, one.rules)) return []
  const { shardBytes: bytes } = one
  return held.flatMap(({ index, peer }) => {
    const from = providerOf(one, peer)
    return one.providers.flatMap((to) => {
      const isPossible =
        !one.busy.includes(peer) &&
        !one.closed.includes(to.peer) &&
        !one.forbidden.includes(to.peer) &&
        held.every((other) => other.peer !== to.peer) &&
        obeys(one, moved(held, { index, from: peer, to: [] }, to.peer), one.rules)
      const [x, y] = [inZone(one, held, from.zone ?? ''), inZone(one, held, to.zone ?? '')]
      const areKnown = to.zone !== undefined && held.every((other) => providerOf(one, other.peer).zone !== undefined)
      const forZones = areKnown && x - y >= 2 && to.takenBytes + bytes <= EVENNESS.fullShare * to.capacityBytes
      const forBytes =
        share(from) - share(to) > Math.max(EVENNESS.ofCapacity, EVENNESS.ofShare * share(from)) &&
        (from.takenBytes - bytes) / from.capacityBytes >= (to.takenBytes + bytes) / to.capacityBytes &&
        ((from.zone ?? '') === (to.zone ?? '') || y < x)
      return isPossible && (why === 'zones' ? forZones : forBytes) ? [`${index} ${peer} ${to.peer}`] : []
    })
  })
}

const listed = ({ index, from, to }: EvenMove): string[] => to.map((peer) => `${index} ${from} ${peer}`)

test('of all moves that are worth it one is planned, for zones where there is one, off the fullest that it can be', (t) => {
  const [planned, rest] = [{ zones: 0, bytes: 0 }, { count: 0 }]
  fc.assert(
    fc.property(cases, (one) => {
      for (const held of one.sets) {
        const move = planEven(requestOf(one, held), fleetOf(one))
        const [zones, bytes] = [allMoves(one, held, 'zones'), allMoves(one, held, 'bytes')]
        const why = zones.length > 0 ? 'zones' : 'bytes'
        const worth = why === 'zones' ? zones : bytes
        if (!move) {
          rest.count++
          if (worth.length > 0) return false
          continue
        }
        planned[why]++
        const offered = listed(move)
        if (offered.length === 0 || !offered.every((each) => worth.includes(each))) return false
        if (why === 'bytes') {
          const fullest = Math.max(...worth.map((each) => share(providerOf(one, itemAt(each.split(' '), 1)))))
          if (share(providerOf(one, move.from)) !== fullest) return false
        }
      }
      return true
    }),
    { numRuns: 4_000 },
  )
  t.true(planned.zones > 100 && planned.bytes > 300 && rest.count > 1_000, JSON.stringify([planned, rest]))
})

/** Shards of each set in each zone, squared; and bytes taken squared, by capacity. */
function potential(one: Case): { readonly zones: number; readonly bytes: number } {
  const zones = [...new Set(one.providers.map(({ zone = '' }) => zone))]
  return {
    zones: one.sets.reduce((sum, held) => sum + zones.reduce((all, zone) => all + inZone(one, held, zone) ** 2, 0), 0),
    bytes: one.providers.reduce((sum, { takenBytes, capacityBytes }) => sum + takenBytes ** 2 / capacityBytes, 0),
  }
}

/** As it is when a shard of a set has moved. */
function after(one: Case, n: number, move: EvenMove, to: string): Case {
  const change = ({ peer }: FilledProvider): number => (peer === to ? one.shardBytes : peer === move.from ? -one.shardBytes : 0)
  return {
    ...one,
    providers: one.providers.map((provider) => ({ ...provider, takenBytes: provider.takenBytes + change(provider) })),
    sets: one.sets.map((held, i) => (i === n ? moved(held, move, to) : held)),
  }
}

test('each move keeps the rule and lowers the potential, whichever of the offered it goes to: so it ends, and is never undone', (t) => {
  let [moves, longest] = [0, 0]
  fc.assert(
    fc.property(cases, fc.infiniteStream(fc.nat({ max: 1_000 })), (first, draws) => {
      let one = first
      const seen = new Set<string>()
      for (let step = 0; ; step++) {
        seen.add(JSON.stringify(one.sets))
        const n = one.sets.findIndex((held) => planEven(requestOf(one, held), fleetOf(one)))
        longest = Math.max(longest, step)
        if (n < 0) return true
        const held = itemAt(one.sets, n)
        const move = planEven(requestOf(one, held), fleetOf(one))
        if (!move) return false
        const next = after(one, n, move, itemAt(move.to, (draws.next().value ?? 0) % move.to.length))
        const [before, now] = [potential(one), potential(next)]
        const isLower = now.zones < before.zones || (now.zones === before.zones && now.bytes < before.bytes)
        if (!isLower || seen.has(JSON.stringify(next.sets)) || !obeys(next, itemAt(next.sets, n), one.rules)) return false
        one = next
        moves++
      }
    }),
    { numRuns: 2_000 },
  )
  t.true(moves > 500 && longest > 3, `${moves} moves, at most ${longest} in a row`)
})

test('a domain that is added to a filled fleet takes over its share, and then all comes to rest', (t) => {
  const provider = (i: number): FilledProvider => ({ peer: `p${i}`, domain: `n${i}`, zone: '', capacityBytes: 1_000, takenBytes: 0 })
  const rules = [{ parity: 2, survive: 1 }]
  let one: Case = {
    providers: Array.from({ length: 10 }, (_, i) => ({ ...provider(i), takenBytes: i < 8 ? 600 : 0 })),
    closed: [],
    busy: [],
    forbidden: [],
    rules,
    shardBytes: 10,
    sets: Array.from({ length: 80 }, (_, n) => Array.from({ length: 6 }, (__, index) => ({ index, peer: `p${(n + index) % 8}` }))),
  }
  let moves = 0
  for (;;) {
    const n = one.sets.findIndex((held) => planEven(requestOf(one, held), fleetOf(one)))
    if (n < 0) break
    const move = planEven(requestOf(one, itemAt(one.sets, n)), fleetOf(one))
    if (!move) break
    one = after(one, n, move, itemAt(move.to, 0))
    moves++
  }
  const shares = one.providers.map(share)
  t.true(Math.min(...shares) >= 0.75 * Math.max(...shares) - 0.02, shares.join(' '))
  t.true(moves <= 96, `${moves}: no more than it takes to fill the new ones to the mean`)
})
