/**
 * The sweep by watermarks from end to end: a client seals and deals, trackers ask, providers answer. Draws are so rare that they find
 * nothing.
 */
import { decodeAnyEvidence, SLOT_KEYS, SWEEP_CHALLENGE, TICKET, unpackEntries, verifyConviction } from '@lunarx/core/audit'
import { bytesOfText, documentId, readDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import { ownerKeys } from '@lunarx/core/keys'
import { hexOf, LunarError, utf8 } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { dealSlots, proveSweep, sweepRecords, type Exchange, type QuestionOf } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { answering, disguised } from '../fleet/disguised.ts'
import { hasDroppedAll, keepsPlaces } from '../fleet/liars.ts'
import { World, type WorldOptions } from './world.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const ROUND = 5 * MINUTE
/** Rare heartbeats, so that minutes are cheap. */
const DETECTION = { heartbeatMs: 10_000, suspectMs: 30_000, lostMs: 120_000 }
const AUDIT = { lostFraction: 0.5, probability: 0.5, withinMs: 31 * DAY, sweepMs: ROUND }
const SHAPE = { trackers: 3, providers: 6, domains: 6, class: { required: 2, parity: 2, survive: 1 } }
const OBJECTS = 4
const SHARDS = OBJECTS * 4
/** So that a shard has 30 watermarks. */
const SEGMENT_BYTES = 100_000

interface Swept {
  readonly world: World
  readonly sums: () => {
    readonly proved: number
    readonly wrong: number
    readonly unkeyed: number
    readonly shared: number
    readonly wrongCodes: number
  }
  readonly nextRound: () => Promise<void>
}

const audits = ({ trackers }: World) => trackers.flatMap(({ running }) => running?.status().audit ?? [])
const standings = (world: World): string[] => audits(world).flatMap(({ providers }) => providers.map(({ standing }) => standing.state))

/** Of all trackers, since their start. */
const counted = ({ trackers }: Pick<World, 'trackers'>, metric: string, labels: Readonly<Record<string, string>>): number =>
  trackers.reduce((sum, { metrics }) => sum + (metrics?.value(metric, labels) ?? 0), 0)

/** Puts objects, and lets rounds of the sweep pass. */
async function swept(options: Partial<WorldOptions>, told: (swept: Swept) => Promise<void>): Promise<World> {
  const world = new World({ seed: 1, shape: SHAPE, segmentBytes: SEGMENT_BYTES, audit: AUDIT, detection: DETECTION, ...options })
  const sums: Swept['sums'] = () => {
    const sweeps = audits(world).map(({ sweep }) => sweep)
    const sum = (of: (sweep: (typeof sweeps)[number]) => number): number => sweeps.reduce((so, sweep) => so + of(sweep), 0)
    return {
      proved: sum(({ watermarks }) => watermarks.proved),
      wrong: sum(({ watermarks }) => watermarks.wrong),
      unkeyed: sum(({ unkeyed }) => unkeyed),
      shared: sum(({ shared = 0 }) => shared),
      wrongCodes: sum(({ wrongCodes }) => wrongCodes),
    }
  }
  const nextRound = async (): Promise<void> => {
    const round = Math.floor(world.clock.now() / ROUND) + 1
    const isDone = (): boolean => audits(world).every(({ sweep }) => sweep.round === round && sweep.done === 1)
    await world.until(`round ${round} is swept`, isDone, 2 * ROUND)
    await world.clock.sleep(MINUTE / 6)
  }
  world.boot()
  await world.run(async () => {
    await world.until('the network is ready', () => world.isSettled(), 2 * MINUTE)
    const client = world.clients[0]?.running
    for (let i = 0; i < OBJECTS; i++) await client?.put(`object ${i}`, world.random.bytes(SEGMENT_BYTES))
    await told({ world, sums, nextRound })
  }, 12 * ROUND)
  return world
}

test('every watermark is asked once in a round, by the trackers on whose slots it is, and honest providers prove them all', async (t) => {
  await swept({}, async ({ world, sums, nextRound }) => {
    await nextRound()
    t.like(sums(), { proved: SHARDS, wrong: 0, unkeyed: 0, wrongCodes: 0 })
    t.true(audits(world).every(({ sweep }) => sweep.slots.length > 0))
    t.true(standings(world).every((state) => state === 'vetting'))
    assertOpened(t, world)
  })
})

/** Verifiers saw every ticket opened, as it was committed to. */
function assertOpened(t: ExecutionContext, { trackers }: Pick<World, 'trackers'>): void {
  const opened = (finding: string): number => counted({ trackers }, 'lunarx_audit_openings_total', { finding })
  t.true(opened('fits') > 0)
  t.is(opened('differs') + opened('broken'), 0)
}

/** What one tracker found all have read from each other, durable, and anybody can judge it again. */
async function assertConvicted(t: ExecutionContext, world: World): Promise<void> {
  const ids = () =>
    world.trackers.map(
      ({ running }) =>
        running
          ?.status()
          .audit?.convictions?.newest.map(({ id }) => id)
          .sort() ?? [],
    )
  const areAlike = (): boolean => ids().every((those) => those.length > 0 && those.join() === ids()[0]?.join())
  await world.until('every tracker has every conviction', areAlike, 4 * ROUND)
  const [reader] = world.trackers
  for (const id of ids()[0] ?? []) {
    const { transcript } = (await reader?.running?.admin.readTranscript({ id })) ?? {}
    const evidence = decodeAnyEvidence(bytesOfText(transcript ?? ''))
    if (evidence.kind !== 'ticket') return t.fail('it is no conviction')
    const { network } = readDocument(TICKET, evidence.conviction.ticket)
    const finding = verifyConviction(evidence.conviction, { network, isVerifier: () => true, quorum: 1 }, crypto)
    t.like(finding, { kind: 'convicted', cause: 'leaf' })
  }
}

test('what a provider has dropped the sweep finds: its shards are rebuilt elsewhere', async (t) => {
  const liar = 'provider-0'
  const disguise: WorldOptions['disguise'] = (host, peers, signKey) => (host === liar ? hasDroppedAll(peers, signKey) : peers)
  await swept({ disguise }, async ({ world, nextRound }) => {
    await nextRound()
    t.true(counted(world, 'lunarx_audit_watermarks_total', { outcome: 'wrong' }) > 0)
    await world.until('all sets are whole without the liar', () => isElsewhere(world, liar), 4 * ROUND)
  })
})

/** Every shard that should be held is held by others. */
async function isElsewhere(world: World, liar: string): Promise<boolean> {
  const holdings = await world.auditor.holdings(world.sets.owed)
  return [...holdings.values()].every((holders) => holders.every((machines) => machines.some(({ host }) => host !== liar)))
}

test('a shared set is asked for leaves only: a provider to which a grantee tells the places answers no watermark for bytes it has dropped', async (t) => {
  const liar = 'provider-0'
  const disguise: WorldOptions['disguise'] = (host, peers, signKey) => (host === liar ? keepsPlaces(peers, signKey) : peers)
  await swept({ disguise }, async ({ world, sums, nextRound }) => {
    await nextRound()
    t.like(sums(), { proved: SHARDS, wrong: 0, shared: 0 }, 'watermarks alone do not find it')
    const client = world.clients[0]?.running
    const { address } = (await client?.address()) ?? {}
    for (let i = 0; i < OBJECTS; i++) await client?.share(`object ${i}`, address ?? '')
    await nextRound()
    t.like(sums(), { proved: 0, wrong: 0, shared: OBJECTS })

    const peer = world.providers.find(({ host }) => host === liar)?.peer ?? ''
    for (const { running } of world.trackers) await running?.admin.orderAudit({ peer, id: 'leaves' })
    await world.until('leaves find it: all sets are whole without the liar', () => isElsewhere(world, liar), 4 * ROUND)
  })
})

test('an owner that deals other codes than it sealed frames nobody: its sets are asked for leaves only, and every tracker has the evidence', async (t) => {
  const seed = 1
  const { identity } = ownerKeys(crypto.sha256(utf8(`owner ${seed}`)), crypto)
  const falsify = (peers: Peers): Peers =>
    disguised(peers, {
      ask(to, exchange, question, options) {
        if (exchange.name !== dealSlots.name) return peers.ask(to, exchange, question, options)
        const { keys } = question as QuestionOf<typeof dealSlots>
        const others = keys.map((document) =>
          signDocument(SLOT_KEYS, { ...readDocument(SLOT_KEYS, document), codeKey: crypto.sha256(utf8('other')) }, identity),
        )
        return peers.ask(to, exchange, { keys: others } as typeof question, options)
      },
    })
  await swept({ seed, through: falsify }, async ({ world, sums, nextRound }) => {
    await nextRound()
    t.is(sums().proved, 0)
    t.true(sums().wrongCodes >= OBJECTS)
    t.true(standings(world).every((state) => state === 'vetting'))
    await assertConvicted(t, world)
    t.is(
      world.trackers.reduce((sum, { running }) => sum + (running?.status().sets.repairedShards ?? 0), 0),
      0,
    )
  })
})

/** More than 2d + 1 = 3: most sets are not owned by the tracker on whose slot their region is. */
const MANY = { ...SHAPE, trackers: 7 }

/** Hears at every provider which places it is asked for: segment, index, offset. */
function hearing(): { readonly disguise: NonNullable<WorldOptions['disguise']>; readonly heard: (round: number) => string[] } {
  const entries = new Map<string, { readonly round: number; readonly places: readonly string[] }>()
  const note = (document: SignedDocument): void => {
    const challenge = readDocument(SWEEP_CHALLENGE, document)
    const places = unpackEntries(challenge.entries).map(({ segment, index, offset }) => `${hexOf(segment)} ${index} ${offset}`)
    entries.set(hexOf(documentId(SWEEP_CHALLENGE, document, crypto)), { round: challenge.round, places })
  }
  return {
    heard: (round) => [...entries.values()].flatMap((challenge) => (challenge.round === round ? challenge.places : [])),
    disguise: (_, peers) =>
      before(proveSweep, peers, (question) => {
        note(question.challenge)
      }),
  }
}

/** Something happens, or is thrown, before these peers answer a question of the exchange. */
const before = <Q, A>(exchange: Exchange<Q, A>, peers: Peers, happens: (question: Q) => void): Peers =>
  answering(peers, exchange, (honest) => (question, asked) => {
    happens(question)
    return honest(question, asked)
  })

/** Each shard was asked once in the round, whichever place. */
function assertAskedOnce(t: ExecutionContext, places: readonly string[]): void {
  const shards = places.map((place) => place.split(' ').slice(0, 2).join(' '))
  t.is(shards.length, SHARDS)
  t.is(new Set(shards).size, SHARDS)
}

const roundNow = ({ clock }: World): number => Math.floor(clock.now() / ROUND)

test('with more trackers than a set has owners every set is asked in every round, each shard once and no place again', async (t) => {
  const { disguise, heard } = hearing()
  await swept({ shape: MANY, disguise }, async ({ world, sums, nextRound }) => {
    const rounds: string[] = []
    for (let i = 0; i < 3; i++) {
      await nextRound()
      t.like(sums(), { proved: SHARDS, wrong: 0, unkeyed: 0, wrongCodes: 0 })
      assertAskedOnce(t, heard(roundNow(world)))
      rounds.push(...heard(roundNow(world)))
    }
    t.is(new Set(rounds).size, 3 * SHARDS)
    t.true(standings(world).every((state) => state === 'vetting'))
    assertOpened(t, world)
  })
})

test('with more trackers than a set has owners a provider that lies about shards is found, and the owners rebuild them elsewhere', async (t) => {
  const liar = 'provider-0'
  const disguise: WorldOptions['disguise'] = (host, peers, signKey) => (host === liar ? hasDroppedAll(peers, signKey) : peers)
  await swept({ shape: MANY, disguise }, async ({ world, nextRound }) => {
    await nextRound()
    t.true(counted(world, 'lunarx_audit_watermarks_total', { outcome: 'wrong' }) > 0)
    await world.until('all sets are whole without the liar', () => isElsewhere(world, liar), ROUND / 2)
  })
})

test('with more trackers than a set has owners a shared set is asked for leaves only', async (t) => {
  const { disguise, heard } = hearing()
  await swept({ shape: MANY, disguise }, async ({ world, sums, nextRound }) => {
    const client = world.clients[0]?.running
    const { address } = (await client?.address()) ?? {}
    await client?.share('object 0', address ?? '')
    await nextRound()
    t.like(sums(), { proved: SHARDS - 4, shared: 1, unkeyed: 0 })
    t.is(heard(roundNow(world)).length, SHARDS - 4)
  })
})

test('trackers of the version before tell no records: what nobody tells waits, and is asked in the same round once they are upgraded', async (t) => {
  const { disguise: overhear, heard } = hearing()
  let isOld = false
  const disguise: WorldOptions['disguise'] = (host, peers, signKey) =>
    before(sweepRecords, overhear(host, peers, signKey), () => {
      if (isOld) throw new LunarError('UNKNOWN_EXCHANGE', 'the peer does not serve this exchange')
    })
  await swept({ shape: MANY, disguise }, async ({ world, sums, nextRound }) => {
    await nextRound()
    const round = roundNow(world) + 1
    isOld = true
    await world.clock.sleep(round * ROUND + 0.9 * ROUND + MINUTE / 4 - world.clock.now())
    t.true(heard(round).length > 0 && heard(round).length < SHARDS, `${heard(round).length} asked`)
    isOld = false
    await world.clock.sleep(MINUTE / 4)
    assertAskedOnce(t, heard(round))
    t.like(sums(), { proved: SHARDS, unkeyed: 0 })
  })
})
