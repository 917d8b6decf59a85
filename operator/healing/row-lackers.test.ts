import type { AuditStatus, ProviderAudit, TrackerStatus } from '@lunarx/wire'
import test from 'ava'
import { aProvider, noSets } from './fleet.fixture.ts'
import { mergeFleet } from './fleet.ts'
import { findRowLackers } from './row-lackers.ts'

const HOUR = 3_600_000
const NONE = { proved: 0, disproved: 0, lost: 0, silent: 0 }
const lacking = (changes: object = {}) => ({ sinceMs: 5, rows: 3, provedForMs: 0, provingMs: 3 * HOUR, ...changes })

const audited = (peer: string, found?: ReturnType<typeof lacking>, maintenance = false): ProviderAudit => ({
  peer,
  standing: { state: 'vetting', reason: '', sinceMs: 0, score: 1 },
  maintenance,
  draws: NONE,
  provedLately: 0,
  rows: { ...NONE, contained: 0, missing: 0, ...(found ? { lacking: found } : {}) },
})

const PEERS = ['p0', 'p1', 'p2', 'p3', 'p4']
/** What a tracker says of p0; `off`: it audits nothing, as none of the release before does rows. */
const says = (found?: ReturnType<typeof lacking> | 'off', maintenance = false): TrackerStatus => ({
  tracker: 't',
  name: 'tracker',
  epoch: 1,
  sets: noSets,
  records: 0,
  providers: PEERS.map((peer, i) => aProvider(`pool-${i}`, peer, { domain: `n${i}` })),
  trackers: [],
  timeMs: 0,
  ...(found === 'off'
    ? {}
    : {
        audit: {
          promisedDraws: 460,
          sweep: { done: 1 },
          providers: PEERS.map((peer) => audited(peer, peer === 'p0' ? found : undefined, maintenance)),
        } as unknown as AuditStatus,
      }),
})
const fleetOf = (statuses: readonly TrackerStatus[], desired = 3) => mergeFleet(statuses, { desired, survive: 1 })

const cases: [title: string, statuses: TrackerStatus[], desired: number, lacks: 'yes' | 'unknown' | undefined][] = [
  ['nobody says so', [says(), says(), says()], 3, undefined],
  ['one says so: it may lie', [says(lacking()), says(), says()], 3, undefined],
  ['one says so, one does not, one is away', [says(lacking()), says()], 3, 'unknown'],
  ['two of three say so', [says(lacking()), says(lacking()), says()], 3, 'yes'],
  ['one says so, and answers alone', [says(lacking())], 3, 'unknown'],
  ['two of four say so', [says(lacking()), says(lacking()), says(), says()], 4, 'unknown'],
  ['two of five say so, and two are away', [says(lacking()), says(lacking()), says()], 5, 'unknown'],
  ['nobody says so, but most are away', [says()], 3, 'unknown'],
  ['nobody says so, and most are there', [says(), says()], 3, undefined],
  ['the only tracker says so', [says(lacking())], 1, 'yes'],
  ['all say so, and it is worked on', [says(lacking(), true), says(lacking()), says(lacking())], 3, 'unknown'],
  ['nothing is audited', [says('off'), says('off'), says('off')], 3, undefined],
  ['nothing is audited, and most are away', [says('off')], 3, undefined],
  ['audits are being turned on', [says(), says('off'), says('off')], 3, 'unknown'],
]
for (const [title, statuses, desired, lacks] of cases)
  test(`a provider lacks rows: ${title}: ${lacks}`, (t) => t.is(fleetOf(statuses, desired).providers[0]?.lacksRows, lacks))

test('what is told of one that lacks rows: as the middle one says of those that found it', (t) => {
  const found = [
    lacking({ sinceMs: 7, provedForMs: 2 * HOUR }),
    lacking({ provedForMs: HOUR, provingMs: 6 * HOUR }),
    lacking({ sinceMs: 0 }),
  ]
  const fleet = fleetOf(found.map((one) => says(one)))
  const seen = findRowLackers(fleet, PEERS.slice(1), 1)
  t.deepEqual(seen, {
    lackers: [
      { name: 'pool-0', peer: 'p0', isMember: false, lacksRows: 'yes', trackers: 3, sinceMs: 5, provedForMs: 0, provingMs: 3 * HOUR },
    ],
    stay: undefined,
  })
  t.is(findRowLackers(fleet, PEERS, 1)?.lackers[0]?.isMember, true)
  t.is(findRowLackers(fleet, ['p0'], 1)?.stay, 'too-many')
})

test('of members of which it is not sure, and of those that are lost, nothing is told; of one that is left out as long as anybody says so', (t) => {
  const unsure = fleetOf([says(lacking()), says()])
  t.deepEqual(findRowLackers(unsure, PEERS, 1), { lackers: [], stay: undefined })
  t.like(findRowLackers(unsure, PEERS.slice(1), 1)?.lackers, [{ name: 'pool-0', isMember: false, trackers: 1 }])
  t.deepEqual(findRowLackers(fleetOf([says()]), PEERS.slice(1), 1)?.lackers, [], 'nobody says so')
  t.is(findRowLackers(fleetOf([says('off')]), PEERS, 1), undefined)
  const sure = fleetOf([says(lacking()), says(lacking()), says()])
  const lost = { ...sure, providers: sure.providers.map((one) => ({ ...one, declaredLost: true })) }
  t.deepEqual(findRowLackers(lost, PEERS, 1)?.lackers, [])
})
