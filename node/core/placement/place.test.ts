import fc from 'fast-check'
import test from 'ava'
import type { Candidate, FailureDomains, PlacementRequest } from './candidate.ts'
import { place } from './place.ts'
import { domainLimit } from './rule.ts'

const shape = { parity: 2, survive: 1, shardBytes: 100 }
const indices = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const candidate = (peer: string, domain: string, freeBytes = 1000, load = 0): Candidate => ({ peer, domain, freeBytes, load })

/** Deterministic uniform numbers (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Zones of domains a, b, c, d: those that consist of whole domains, and those that domains lie across. */
const NESTED = { a: 'x', b: 'x', c: 'y', d: undefined }
const zones = fc.constantFrom('x', 'y', undefined)

const casesWith = (isNested: boolean) =>
  fc.record({
    candidates: fc
      .array(
        fc.record({
          domain: fc.constantFrom('a', 'b', 'c', 'd'),
          zone: zones,
          store: fc.constantFrom(undefined, 'a', 's', 't'),
          freeBytes: fc.constantFrom(0, 99, 100, 5000),
          load: fc.constantFrom(0, 0.5, 1),
        }),
        { maxLength: 8 },
      )
      .map((list) => list.map((one, i) => ({ ...one, peer: `p${i}`, zone: isNested ? NESTED[one.domain] : one.zone }))),
    bindsZones: fc.boolean(),
    parity: fc.integer({ min: 1, max: 4 }),
    survive: fc.integer({ min: 0, max: 4 }),
    wanted: fc.integer({ min: 0, max: 6 }),
    settledAt: fc.array(fc.constantFrom('p0', 'p1', 'x', 'y'), { maxLength: 3 }).map((list) => [...new Set(list)]),
    seed: fc.integer(),
  })
const cases = casesWith(true)

interface Case extends Pick<PlacementRequest, 'parity' | 'survive' | 'bindsZones'> {
  readonly candidates: readonly Candidate[]
  readonly wanted: number
  readonly settledAt: readonly string[]
}

function requestOf({ candidates, parity, survive, bindsZones = false, wanted, settledAt }: Case): PlacementRequest {
  const settled = settledAt.map((peer) => ({ domain: 'a', zone: 'x', ...candidates.find((one) => one.peer === peer), peer }))
  return { parity, survive: Math.min(survive, parity), bindsZones, shardBytes: 100, wanted: indices(wanted), settled }
}

/** The most shards that any choice of providers can take: every subset is tried. */
function bestByForce(request: PlacementRequest, candidates: readonly Candidate[]): number {
  let best = 0
  for (let subset = 0; subset < 1 << candidates.length; subset++) {
    const chosen = candidates.filter((_, i) => subset & (1 << i))
    if (chosen.length > best && chosen.length <= request.wanted.length && obeys(request, chosen)) best = chosen.length
  }
  return best
}

function obeys(request: PlacementRequest, chosen: readonly Candidate[]): boolean {
  const limit = request.survive === 0 ? request.parity : Math.floor(request.parity / request.survive)
  const peers = chosen.map(({ peer }) => peer)
  if (new Set(peers).size < peers.length || chosen.some(({ peer }) => request.settled.some((shard) => shard.peer === peer))) return false
  if (chosen.some(({ freeBytes }) => freeBytes < request.shardBytes)) return false
  const all = [...request.settled, ...chosen]
  const isWithin = (of: (one: FailureDomains) => string | undefined, value: string | undefined): boolean =>
    value === undefined || all.filter((one) => of(one) === value).length <= limit
  const zone = (one: FailureDomains): string => one.zone ?? ''
  return chosen.every(
    (one) =>
      isWithin(({ domain }) => domain, one.domain) &&
      isWithin(({ store }) => store, one.store) &&
      (!request.bindsZones || isWithin(zone, zone(one))),
  )
}

/** The first thing that would be enough, were it there: found by trying what could be placed if it were. */
function reasonByForce(request: PlacementRequest, candidates: readonly Candidate[]): string {
  const roomy = candidates.map((one) => ({ ...one, freeBytes: request.shardBytes }))
  const isEnough = (asked: PlacementRequest): boolean => bestByForce(asked, roomy) === request.wanted.length
  const others = candidates.filter(({ peer }) => request.settled.every((shard) => shard.peer !== peer))
  if (isEnough(request)) return 'space'
  if (others.length < request.wanted.length) return 'providers'
  return request.bindsZones && isEnough({ ...request, bindsZones: false }) ? 'zones' : 'domains'
}

test('places a set whenever any choice of providers can, and says how many are short otherwise, and for want of what', (t) => {
  const reasons = new Set<string>()
  fc.assert(
    fc.property(cases, (c) => {
      const request = requestOf(c)
      const best = bestByForce(request, c.candidates)
      const placement = place(request, c.candidates, seeded(c.seed))
      if (placement.kind === 'refused') {
        reasons.add(placement.reason)
        const isRight = placement.reason === reasonByForce(request, c.candidates)
        return isRight && placement.short === request.wanted.length - best && placement.short > 0
      }
      const chosen = placement.at.map(({ peer }) => c.candidates.find((one) => one.peer === peer) as Candidate)
      return obeys(request, chosen) && placement.at.map(({ index }) => index).join() === request.wanted.join()
    }),
    { numRuns: 2000 },
  )
  t.deepEqual([...reasons].sort(), ['domains', 'providers', 'space', 'zones'])
})

test('where domains lie across zones that bind it keeps the rule, and finds no more than any choice could', (t) => {
  fc.assert(
    fc.property(casesWith(false), (c) => {
      const request = requestOf(c)
      const best = bestByForce(request, c.candidates)
      const placement = place(request, c.candidates, seeded(c.seed))
      if (placement.kind === 'refused') return placement.short >= request.wanted.length - best
      return obeys(
        request,
        placement.at.map(({ peer }) => c.candidates.find((one) => one.peer === peer) as Candidate),
      )
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

/** Shards by zone, the settled ones included, the most first. */
function byZone(request: PlacementRequest, candidates: readonly Candidate[], random: () => number): number[] {
  const placement = place(request, candidates, random)
  if (placement.kind === 'refused') return []
  const zoneOf = (peer: string): string => candidates.find((one) => one.peer === peer)?.zone ?? ''
  const at = [...placement.at.map(({ peer }) => zoneOf(peer)), ...request.settled.map(({ zone = '' }) => zone)]
  const all = new Set(candidates.map(({ zone = '' }) => zone))
  return [...all].map((zone) => at.filter((one) => one === zone).length).sort((a, b) => b - a)
}

test('a set is spread evenly over zones: of 14 shards no zone of ten gets more than two, however large it is', (t) => {
  const random = seeded(5)
  // the first zone has half of all providers, the last two each
  const sizes = [18, 2, 2, 2, 2, 2, 2, 2, 2, 2]
  const candidates = sizes.flatMap((size, zone) =>
    indices(size).map((i) => ({ ...candidate(`p${zone}-${i}`, `n${zone}-${i}`, zone === 0 ? 1e6 : 10), zone: `z${zone}` })),
  )
  const request = { parity: 4, survive: 4, shardBytes: 1, wanted: indices(14), settled: [] }
  for (let i = 0; i < 200; i++) t.deepEqual(byZone(request, candidates, random), [2, 2, 2, 2, 1, 1, 1, 1, 1, 1])
})

test('what is placed later evens out what lies there already', (t) => {
  const candidates = indices(12).map((i) => ({ ...candidate(`p${i}`, `n${i}`), zone: `z${i % 3}` }))
  const settled = [0, 3, 1].map((i) => ({ peer: `p${i}`, domain: `n${i}`, zone: `z${i % 3}` }))
  const request = { ...shape, shardBytes: 1, wanted: indices(3), settled }
  for (let seed = 0; seed < 50; seed++) t.deepEqual(byZone(request, candidates, seeded(seed)), [2, 2, 2])
})

test('evenness over zones gives way to what binds, and to room', (t) => {
  const few = (freeBytes: number): Candidate[] =>
    indices(8).map((i) => ({ ...candidate(`p${i}`, i < 6 ? `n${i}` : 'n6', i < 6 ? 1000 : freeBytes), zone: i < 6 ? 'z0' : 'z1' }))
  const request = { parity: 1, survive: 1, shardBytes: 100, wanted: indices(6), settled: [] }
  t.deepEqual(byZone(request, few(1000), seeded(1)), [5, 1])
  t.deepEqual(byZone(request, few(99), seeded(1)), [6, 0])
})

test('zones that bind hold no more than a domain may, and too few of them are the reason of a refusal', (t) => {
  const over = (zones: number): Candidate[] => indices(12).map((i) => ({ ...candidate(`p${i}`, `n${i}`), zone: `z${i % zones}` }))
  const request = { ...shape, bindsZones: true, shardBytes: 1, wanted: indices(6), settled: [] }
  t.deepEqual(byZone(request, over(3), seeded(1)), [2, 2, 2])
  t.deepEqual(place(request, over(2), seeded(1)), { kind: 'refused', short: 2, reason: 'zones' })
  t.is(place({ ...request, bindsZones: false }, over(2), seeded(1)).kind, 'placed')
  // of which no zone is told, nobody knows whether they are in different ones
  const untold = indices(12).map((i) => candidate(`p${i}`, `n${i}`))
  t.deepEqual(place(request, untold, seeded(1)), { kind: 'refused', short: 4, reason: 'zones' })
  t.is(place({ ...request, bindsZones: false }, untold, seeded(1)).kind, 'placed')
})

test('does not depend on the order of the candidates', (t) => {
  fc.assert(
    fc.property(cases, (c) => {
      t.deepEqual(place(requestOf(c), c.candidates, seeded(c.seed)), place(requestOf(c), c.candidates.toReversed(), seeded(c.seed)))
    }),
  )
})

for (const [name, candidates, reason, short] of [
  ['space', ['a', 'b', 'c', 'd', 'e', 'f'].map((domain) => candidate(domain, domain, 99)), 'space', 6],
  ['providers', ['a', 'b', 'c', 'd'].map((domain) => candidate(domain, domain)), 'providers', 2],
  ['domains', indices(9).map((i) => candidate(`p${i}`, i < 5 ? 'a' : 'b')), 'domains', 2],
] as const)
  test(`a refusal names ${name} as the reason`, (t) => {
    t.deepEqual(place({ ...shape, wanted: indices(6), settled: [] }, candidates, seeded(1)), { kind: 'refused', short, reason })
  })

test('a backing store is filled to the limit only, however many nodes its providers run on, and they give way to what must lie there', (t) => {
  const shared = indices(4).map((i) => ({ ...candidate(`s${i}`, `n${i}`, 1e9), store: 'bucket' }))
  const own = indices(3).map((i) => candidate(`v${i}`, `n${i}`, 1))
  const placement = place({ ...shape, shardBytes: 1, wanted: indices(5), settled: [] }, [...shared, ...own], seeded(3))
  t.is(placement.kind, 'placed')
  if (placement.kind === 'placed') t.is(placement.at.filter(({ peer }) => peer.startsWith('s')).length, 2)
  t.deepEqual(place({ ...shape, shardBytes: 1, wanted: indices(6), settled: [] }, [...shared, ...own], seeded(3)), {
    kind: 'refused',
    short: 1,
    reason: 'domains',
  })
})

test('a class that survives no domain still puts at most m shards in one', (t) => {
  t.is(domainLimit({ parity: 2, survive: 0 }), 2)
  t.is(domainLimit({ parity: 5, survive: 2 }), 2)
})

test('fills providers in proportion to their free space, and gives busy ones less', (t) => {
  const random = seeded(7)
  const candidates = [candidate('small', 'a', 1e6), candidate('large', 'b', 3e6), candidate('busy', 'c', 3e6, 1)]
  const counts: Record<string, number> = { small: 0, large: 0, busy: 0 }
  for (let i = 0; i < 10_000; i++) {
    const placement = place({ ...shape, wanted: [0], settled: [] }, candidates, random)
    if (placement.kind === 'placed') for (const { peer } of placement.at) counts[peer] = (counts[peer] ?? 0) + 1
  }
  const share = (peer: string): number => (counts[peer] ?? 0) / 10_000
  t.true(Math.abs(share('small') - 1 / 4.3) < 0.02, `small ${share('small')}`)
  t.true(Math.abs(share('large') - 3 / 4.3) < 0.02, `large ${share('large')}`)
  t.true(Math.abs(share('busy') - 0.3 / 4.3) < 0.02, `busy ${share('busy')}`)
})

test('equal providers get equal numbers of shards', (t) => {
  const random = seeded(11)
  const candidates = indices(12).map((i) => candidate(`p${i}`, `d${i % 4}`))
  const counts = new Map<string, number>()
  const sets = 4000
  for (let i = 0; i < sets; i++) {
    const placement = place({ ...shape, wanted: indices(6), settled: [] }, candidates, random)
    if (placement.kind === 'placed') for (const { peer } of placement.at) counts.set(peer, (counts.get(peer) ?? 0) + 1)
  }
  const expected = (sets * 6) / 12
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  t.is(counts.size, 12)
  t.true(chiSquare < 31.3, `chi-square ${chiSquare} of 11 degrees of freedom is beyond 0.1 %`)
})

test('equal zones of equal providers get equal numbers of shards, and so do their providers', (t) => {
  const random = seeded(13)
  const candidates = indices(20).map((i) => ({ ...candidate(`p${i}`, `n${i}`), zone: `z${i % 10}` }))
  const counts = new Map<string, number>()
  const sets = 4000
  for (let i = 0; i < sets; i++) {
    const placement = place({ ...shape, wanted: indices(6), settled: [] }, candidates, random)
    if (placement.kind === 'placed') for (const { peer } of placement.at) counts.set(peer, (counts.get(peer) ?? 0) + 1)
  }
  const expected = (sets * 6) / 20
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  t.is(counts.size, 20)
  t.true(chiSquare < 43.8, `chi-square ${chiSquare} of 19 degrees of freedom is beyond 0.1 %`)
})
