import type { TrackerStatus } from '@lunarx/wire'
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

test('leases of owners are shown as the tracker says to which most are over', (t) => {
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
