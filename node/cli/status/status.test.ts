import { countVerifiers, type TrackerStatus } from '@lunarx/wire'
import test from 'ava'
import { replacedPeers } from '../dev/fleet-keeper.ts'
import { describeStatus } from './describe.ts'
import { summarise } from './summarise.ts'

const provider = (name: string, state: 'alive' | 'suspect' | 'lost', peer = `peer of ${name}`): TrackerStatus['providers'][number] => ({
  peer,
  name,
  domain: name,
  store: null,
  address: { host: name, controlPort: 1, dataPort: 2 },
  state,
  declaredLost: false,
  retired: false,
  drain: null,
  silentMs: 0,
  services: ['storage', 'index'],
  capacityBytes: 100,
  usedBytes: 10,
  reservedBytes: 0,
  shards: 1,
  epoch: 1,
  mergedEpoch: 1,
})
const tracker = (epoch: number, sets: Partial<TrackerStatus['sets']>, providers: TrackerStatus['providers']): TrackerStatus => ({
  tracker: `t${epoch}`,
  name: `t${epoch}`,
  epoch,
  sets: { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0, ...sets },
  records: 0,
  providers,
  trackers: [],
  timeMs: 0,
})

test('sets add up over trackers; the fleet is that of the tracker with the newest epoch; lost providers hold no space', (t) => {
  const status = summarise('n', [
    { host: 'a', status: tracker(1, { margin: { 2: 3 }, etaMs: 5 }, [provider('old', 'alive')]) },
    { host: 'b', status: tracker(2, { margin: { 2: 1, 0: 2, lost: 1 }, degraded: 3 }, [provider('p', 'alive'), provider('q', 'lost')]) },
    { host: 'c', status: undefined },
  ])
  t.like(status, { epoch: 2, capacityBytes: 100, usedBytes: 10, sets: { margin: { 2: 4, 0: 2, lost: 1 }, degraded: 3, etaMs: 5 } })
  t.deepEqual(
    status.providers.map(({ name }) => name),
    ['p', 'q'],
  )
  t.deepEqual(
    status.trackers.map(({ isReachable }) => isReachable),
    [true, true, false],
  )
  const text = describeStatus(status)
  t.regex(text, /2 of 3 answer/)
  t.regex(text, /1 at lost, 2 at 0, 4 at 2/)
  t.regex(text, /done in: 5 ms/)
})

test('a tracker that makes its epoch, its time, its counts or its leases up does not speak for the others', (t) => {
  const HUGE = Number.MAX_SAFE_INTEGER
  const leases = { owners: 3, ending: 1, over: 0, nextMs: null }
  const honest = { ...tracker(4, { margin: { 2: 5 } }, [provider('p', 'alive')]), leases }
  const invented = { ...provider('p', 'lost'), silentMs: HUGE, usedBytes: HUGE, capacityBytes: HUGE }
  const liar = {
    ...tracker(HUGE, { margin: { 2: HUGE }, degraded: HUGE, etaMs: HUGE }, [invented]),
    leases: { ...leases, over: HUGE },
    timeMs: HUGE,
  }
  for (const statuses of [
    [liar, honest, honest],
    [honest, honest, liar],
  ]) {
    const status = summarise(
      'n',
      statuses.map((one, at) => ({ host: `t${at}`, status: one })),
    )
    t.like(status, { epoch: 4, capacityBytes: 100, usedBytes: 10, leases })
    t.like(status.providers[0], { state: 'alive', usedBytes: 10 })
    t.like(status.sets, { margin: { 2: 10 + 1_050 }, degraded: 1_000, etaMs: 365 * 24 * 3_600_000 })
  }
})

test('leases of owners are shown as the middle one of the trackers says, of two the one to which more are over', (t) => {
  const leases = { owners: 3, ending: 1, over: 0, nextMs: 90_000_000 }
  const first = { ...tracker(1, {}, []), leases }
  const second = { ...tracker(1, {}, []), leases: { ...leases, over: 1, nextMs: null } }
  const text = (...statuses: TrackerStatus[]) =>
    describeStatus(
      summarise(
        'n',
        statuses.map((status, at) => ({ host: `t${at}`, status })),
      ),
    )
  t.regex(text(first), /leases {5}3 of owners, 1 near their end, 0 over, the next one is over in 25 h 0 min/)
  t.regex(text(first, second), /leases {5}3 of owners, 1 near their end, 1 over$/m)
  t.notRegex(text(tracker(1, {}, [])), /leases/)
})

test('a provider that is being drained says how far it is; one that was removed is not shown', (t) => {
  const drain = { revision: 1, shards: 3, bytes: 30, etaMs: null, rowsMoved: true, isDrained: false }
  const gone = { ...provider('gone', 'lost'), declaredLost: true, retired: true }
  const left = (part: number, isDrained: boolean) =>
    tracker(part, {}, [{ ...provider('p', 'alive'), drain: { ...drain, shards: part, isDrained } }, gone])
  const text = (first: boolean, second: boolean) =>
    describeStatus(
      summarise('n', [
        { host: 'a', status: left(3, first) },
        { host: 'b', status: left(4, second) },
      ]),
    )
  t.regex(text(true, false), /draining, 7 shards left/)
  t.regex(text(true, true), /drained/)
  t.notRegex(text(true, true), /gone/)
})

test('a provider is replaced when it is silent and another peer is alive under its name', (t) => {
  const fleet = [provider('a', 'suspect', 'a1'), provider('a', 'alive', 'a2'), provider('b', 'lost', 'b1'), provider('c', 'alive', 'c1')]
  t.deepEqual(replacedPeers(fleet), ['a1'])
  t.deepEqual(replacedPeers(fleet.map((one) => ({ ...one, declaredLost: true }))), [])
})

test('verifiers that some tracker knows are counted once; silent is one that none of these has heard of lately', (t) => {
  const verifier = (peer: string, isSilent?: boolean) => ({
    peer,
    name: peer,
    domain: peer,
    ...(isSilent === undefined ? {} : { isSilent }),
    leaves: { answered: 0, silent: 0, wrong: 0, away: 0 },
  })
  const knows = (...outside: ReturnType<typeof verifier>[]) => ({ outside })
  t.deepEqual(countVerifiers([]), { known: 0, silent: 0 })
  t.deepEqual(countVerifiers([{}, knows(verifier('a'))]), { known: 1, silent: 0 })
  const all = [
    knows(verifier('a', true), verifier('b', true)),
    knows(verifier('b', false), verifier('c', false)),
    knows(verifier('a', true)),
  ]
  t.deepEqual(countVerifiers(all), { known: 3, silent: 1 })
})

test('audits add up over trackers, and a provider has the standing that the strictest tracker gives it', (t) => {
  const audit = (
    provedLately: number,
    state: 'vetting' | 'suspended',
    beaconRound: number | null,
  ): NonNullable<TrackerStatus['audit']> => ({
    promise: { lostFraction: 0.01, probability: 0.99, withinMs: 86_400_000 },
    promisedDraws: 460.5,
    contained: 1,
    silent: 0,
    beaconRound,
    sweep: {
      round: 1,
      done: provedLately / 1_000,
      slots: [0],
      watermarks: { proved: 1, wrong: 0, lost: 0, silent: 0, away: 0 },
      unkeyed: 2,
      shared: 3,
      spent: 0,
      wrongCodes: 0,
    },
    transcripts: 0,
    outside: [
      {
        peer: `verifier of ${state}`,
        name: 'v',
        domain: 'v',
        isSilent: beaconRound === null,
        leaves: { answered: 1, silent: 0, wrong: 0, away: 0 },
      },
    ],
    convictions: {
      kept: provedLately > 200 ? 3 : 1,
      trackers: [{ tracker: 'peer of t', convicted: 1, named: 0, owners: 0 }],
      owners: [{ owner: '00'.repeat(32), convicted: 2 }],
      newest: [],
    },
    providers: [
      {
        peer: 'peer of p',
        standing: { state, reason: 'joined', sinceMs: 0, score: 0.5 },
        maintenance: false,
        draws: { proved: provedLately, disproved: 0, lost: 0, silent: 0 },
        provedLately,
      },
    ],
  })
  const of = (one: TrackerStatus['audit']): TrackerStatus => ({
    ...tracker(1, {}, [provider('p', 'alive')]),
    ...(one ? { audit: one } : {}),
  })
  const status = summarise('n', [
    { host: 'a', status: of(audit(200, 'vetting', 5)) },
    { host: 'b', status: of(audit(250, 'suspended', null)) },
    { host: 'c', status: of(undefined) },
  ])
  t.like(status.audit, { provedLeast: 450, contained: 2, byBeacon: 1, trackers: 2, swept: 0.2, unkeyed: 4, shared: 6 })
  const text = describeStatus(status)
  t.regex(text, /450 leaves proved by the provider with the fewest, 461 promised in 24 h 0 min; 2 shards silent, 0 of them missing/)
  t.regex(text, /1 of 2 trackers draw by it/)
  t.regex(text, /^verifiers {2}2 known, 1 silent$/m)
  t.regex(text, /20 % of this round asked, 4 sets left out[^,]*, 6 shared sets asked for leaves only/)
  t.regex(
    text,
    /tickets +3 convicted: tracker peer of t opened 1 otherwise than it had committed to; owner 0{64} dealt other codes [^;]* for 2 sets\n/,
  )
  t.regex(text, /SPACE +STANDING/)
  t.regex(text, /suspended/)
  t.notRegex(describeStatus(summarise('n', [{ host: 'c', status: of(undefined) }])), /audits|STANDING/)
})
