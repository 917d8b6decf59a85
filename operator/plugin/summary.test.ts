import test from 'ava'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ADVICE } from './advice.ts'
import { duration } from './duration.ts'
import type { ExitCode } from './exit-codes.ts'
import { aPod, anObserved, condition, withNetwork } from './observed.fixture.ts'
import { page } from './page.ts'
import { EXIT_OF, summarise, type Summary } from './summary.ts'

const ready = condition('Ready', 'True', 'Serving')
const sets = { total: 5, degraded: 1, critical: 0, lost: 0, byMargin: { '1': 1, '2': 4 } }
const degraded = withNetwork({
  conditions: [
    ready,
    condition('Healthy', 'False', 'ProviderSilent', 'pool-1 (p1) sends no heartbeats.'),
    condition('Progressing', 'True', 'Repairing'),
  ],
  sets,
  repair: { backlogShards: 12, backlog: '96Mi', etaSeconds: 400 },
})
const lostNode = withNetwork({
  conditions: [
    ready,
    condition('Healthy', 'False', 'SetsDegraded', 'Some sets miss shards; they are being repaired.'),
    condition('NodesLost', 'True', 'GracePeriod', 'pool-1: Node n4 is gone since 03:11; replaced elsewhere after 03:41.'),
  ],
})

const cases: [title: string, observed: ReturnType<typeof anObserved>, verdict: Summary['verdict'], exit: ExitCode, firstLine: RegExp][] = [
  ['all is well', anObserved(), 'healthy', 0, /^HEALTHY: /],
  ['a provider is silent', degraded, 'degraded', 3, /^DEGRADED: objects can be put and read, nothing is lost/],
  [
    'trackers do not answer',
    withNetwork({
      conditions: [condition('Ready', 'False', 'TrackersUnreachable'), condition('Healthy', 'Unknown', 'TrackersUnreachable')],
    }),
    'not-ready',
    4,
    /^NOT READY: /,
  ],
  [
    'a set is lost',
    withNetwork({ conditions: [ready, condition('Healthy', 'False', 'SetsLost')], sets: { ...sets, lost: 1 } }),
    'lost',
    5,
    /^LOST: /,
  ],
  ['the operator has said nothing', withNetwork({ conditions: undefined }), 'unknown', 4, /^UNKNOWN: /],
]
for (const [title, observed, verdict, exit, firstLine] of cases)
  test(`status: ${title}: ${verdict}`, (t) => {
    const summary = summarise(observed)
    t.is(summary.verdict, verdict)
    t.is(EXIT_OF[summary.verdict], exit)
    t.regex(page(summary), firstLine)
  })

test('a page says what is wrong, what is done and for how long, and that there is nothing to do', (t) => {
  const text = page(summarise(degraded))
  t.regex(text, /What is wrong:\n {2}network: pool-1 \(p1\) sends no heartbeats\./)
  t.regex(text, /Repair: 12 shards \(96Mi\) are left, about 7 min\./)
  t.regex(text, /1 with 1 to spare/)
  t.regex(page(summarise(anObserved())), /What you should do:\n {2}Nothing\./)
})

test('a page says how repair keeps its objective, and what to do where it does not', (t) => {
  const well = withNetwork({
    repair: { backlogShards: 0, backlog: '0', estimatedNines: 12, errorBudget: { totalSeconds: 2592, leftPercent: 100 } },
  })
  t.regex(page(summarise(well)), /99\.9% of the sets whole again within 1 h 15 min, over 30 days: 100 % of the error budget is left\./)
  t.regex(page(summarise(well)), /Estimated nines of a set: 12 at most/)
  t.deepEqual(summarise(well).you, [])
  const late = withNetwork({ repair: { errorBudget: { totalSeconds: 2592, leftPercent: 82, burnRate: '500' } } })
  const { objective, you } = summarise(late)
  t.like(objective, { share: '99.9%', withinSeconds: 4_500, budgetLeftPercent: 82, burnRate: 500, estimatedNines: null })
  t.regex(
    page(summarise(late)),
    /82 % .*\n {2}Sets are late: it is being spent 500 times as fast as it allows\.\n {2}Estimated nines of a set: not known/,
  )
  t.true(you.some((line) => line.includes('LunarxRepairBudgetBurning')))
  const { network, ...rest } = anObserved()
  t.is(summarise({ ...rest, network: { ...network, spec: {} } }).objective, null)
})

test('what is to be typed names the namespace and the network', (t) => {
  const { you } = summarise(withNetwork({ conditions: [ready, condition('Healthy', 'False', 'ProvidersMissing')] }))
  t.true(you.some((line) => line.includes('kubectl describe pod -n ns -l lunarx.dev/network=lunar')))
  t.deepEqual(
    Object.values(ADVICE).flatMap((advice) =>
      [...advice.matchAll(/kubectl (?:describe|logs|exec|scale|get|delete (?:pvc|pod)|lunarx)\b[^:;.]*/g)].flatMap(([command]) =>
        command.includes('-n NAMESPACE') ? [] : [command],
      ),
    ),
    [],
  )
})

test('a database that refused a tracker is said, though enough pods are ready', (t) => {
  const trackers = anObserved().trackers.map((pool) => ({
    ...pool,
    status: { ...pool.status, conditions: [condition('StoreReady', 'False', 'StoreRefused', 'tracker-1: no such user.')] },
  }))
  t.deepEqual(summarise(anObserved({ trackers })).wrong, ['tracker: tracker-1: no such user.'])
})

const GONE = { kind: 'away', since: '2026-01-01T02:55:00.000000Z', place: 'lunarx-system' } as const

test('where no operator works nothing is called healthy, whatever the status says', (t) => {
  for (const observed of [anObserved(), degraded, withNetwork({ conditions: undefined }), withNetwork({}, { generation: 2 })]) {
    const summary = summarise(observed, GONE)
    t.is(summary.verdict, 'unknown')
    t.is(EXIT_OF[summary.verdict], 4)
    t.regex(page(summary), /^UNKNOWN: no operator works since 2026-01-01T02:55:00\.000000Z\. What follows is what one saw last/)
    t.regex(summary.you[0] ?? '', /^Start the operator soon, .*kubectl get pods -n lunarx-system /)
    t.false(summary.you.some((line) => line.startsWith('See that the operator runs') || line.startsWith('The operator has not taken up')))
  }
  t.regex(summarise(anObserved(), { ...GONE, since: null }).headline, /^UNKNOWN: no operator works\. /)
})

test('who may not see whether an operator works is told so', (t) => {
  const unseen = summarise(anObserved(), { kind: 'unseen', place: 'lunarx-system' })
  t.is(unseen.verdict, 'healthy')
  t.regex(page(unseen), /Not watched:\n {2}Whether an operator works: you may not read Leases in namespace lunarx-system\./)
  t.deepEqual(summarise(anObserved(), { kind: 'unseen', place: null }).unwatched, [])
})

test('what waits for a node says how to end the wait', (t) => {
  const { wrong, you } = summarise(lostNode)
  t.true(wrong.some((line) => line.includes('n4')))
  t.true(you.some((line) => line.includes('kubectl delete node')))
})

test('a provider that lacks rows is said, also once it is left out and nothing is at risk any more', (t) => {
  const leftOut = withNetwork({
    conditions: [
      ready,
      condition('Healthy', 'True', 'FullyRedundant'),
      condition('RowsLacking', 'True', 'LeftOut', 'pool-1 (p1) lacks rows.'),
    ],
  })
  const { verdict, wrong, you } = summarise(leftOut)
  t.is(verdict, 'healthy')
  t.deepEqual(wrong, ['network: pool-1 (p1) lacks rows.'])
  t.true(you.some((line) => line.includes('df')))
  t.regex(page(summarise(leftOut)), /What is wrong:\n {2}network: pool-1 \(p1\) lacks rows\./)
  const allHeld = withNetwork({
    conditions: [ready, condition('Healthy', 'True', 'FullyRedundant'), condition('RowsLacking', 'False', 'AllHeld')],
  })
  t.deepEqual(summarise(allHeld).wrong, [])
})

const notAllowed = condition('NodesLost', 'Unknown', 'NotAllowed', 'It has no right to list nodes.')

test('where nobody looks after nodes that are gone, a page says so while all is well, and what a person can do', (t) => {
  const well = anObserved().network.status?.conditions ?? []
  const summary = summarise(withNetwork({ conditions: [...well, notAllowed] }))
  t.is(summary.verdict, 'healthy')
  t.deepEqual([summary.wrong, summary.you], [[], []])
  const text = page(summary)
  t.regex(
    text,
    /What you should do:\n {2}Nothing\.\n\nNot watched:\n {2}Nodes that are gone: It has no right to list nodes\.\n {2}If a node/,
  )
  t.regex(text, /kubectl delete pvc data-POD -n ns --wait=false && kubectl delete pod POD -n ns --grace-period=0 --force/)
  t.regex(text, /docs\/INSTALL\.md/)
  t.notRegex(page(summarise(anObserved())), /Not watched/)
  t.notRegex(page(summarise(lostNode)), /Not watched/)
})

test('volumes that may not grow are named, though all is well', (t) => {
  const providers = anObserved().providers.map((pool) => ({
    ...pool,
    status: { ...pool.status, conditions: [condition('GrowRefused', 'True', 'ClaimsRefused', 'data-pool-0 of StorageClass fixed: no.')] },
  }))
  const summary = summarise(anObserved({ providers }))
  t.is(summary.verdict, 'healthy')
  t.deepEqual(summary.wrong, ['pool: data-pool-0 of StorageClass fixed: no.'])
  t.regex(summary.you.join(), /allowVolumeExpansion/)
  t.regex(page(summary), /What is wrong:\n {2}pool: data-pool-0/)
})

test('a pause, and an operator that is behind, are said first', (t) => {
  t.regex(summarise(withNetwork({}, { annotations: { 'lunarx.dev/paused': 'true' } })).you[0] ?? '', /paused/)
  t.regex(summarise(withNetwork({}, { generation: 2 })).you[0] ?? '', /has not taken up the last change/)
})

test('pools show how many pods are ready', (t) => {
  const observed = anObserved({ pods: [aPod('tracker-0'), aPod('pool-0'), aPod('pool-1', 'False')] })
  t.deepEqual(
    summarise(observed).pools.map(({ name, ready: count, wanted }) => `${name} ${count}/${wanted}`),
    ['tracker 1/1', 'pool 1/2'],
  )
})

test('a pool that is deleted and still needed: what it waits for, and how a person gives it up', (t) => {
  const deleted = (status: 'True' | 'False') =>
    anObserved().providers.map((pool) => ({
      ...pool,
      metadata: { ...pool.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { ...pool.status, conditions: [condition('ScaleDownRefused', status, 'NotEnoughSpace', 'Too full.')] },
    }))
  const summaryOf = (status: 'True' | 'False') => summarise(anObserved({ providers: deleted(status) }))
  const { wrong, you, pools } = summaryOf('True')
  t.true(wrong.includes('pool: Too full.'))
  t.true(you.some((line) => line.includes('kubectl annotate provider/pool -n ns lunarx.dev/delete-undrained=true')))
  t.is(pools.find(({ name }) => name === 'pool')?.wanted, 0)
  t.false(summaryOf('False').you.some((line) => line.includes('delete-undrained')))
})

test('verifiers: how many trackers know, how many of their pods are ready, and why not all', (t) => {
  const [tracker] = anObserved().trackers
  const waiting = condition(
    'VerifiersReady',
    'False',
    'NotAnnounced',
    'tracker-verifier-1 runs, and no tracker has taken its announcement.',
  )
  const trackers = [
    {
      ...tracker,
      spec: { ...tracker?.spec, verifiers: { replicas: 2 } },
      status: { ...tracker?.status, conditions: [...(tracker?.status?.conditions ?? []), waiting] },
    },
  ] as ReturnType<typeof anObserved>['trackers']
  const pods = [aPod('tracker-verifier-0'), aPod('tracker-verifier-1', 'False')]
  const audit = { providers: 2, verifiers: 3, verifiersSilent: 1 }
  const summary = summarise({ ...withNetwork({ audit }), trackers, pods })
  t.is(summary.verdict, 'healthy')
  t.deepEqual(summary.pools.at(-1), { kind: 'Verifiers', name: 'tracker-verifier', wanted: 2, ready: 1, reason: 'NotAnnounced' })
  t.regex(page(summary), /^Verifiers: 3 known to trackers, 1 silent\.$/m)
  t.regex(page(summary), /What is wrong:\n {2}tracker: tracker-verifier-1 runs/)
  t.notRegex(page(summarise(anObserved())), /erifier/)
})

for (const [seconds, text] of [
  [45, '45 s'],
  [400, '7 min'],
  [7_500, '2 h 5 min'],
] as const)
  test(`a duration: ${text}`, (t) => t.is(duration(seconds), text))

/** Reasons that say that all is as it should be, or that something goes on. */
const GOOD = new Set(
  'Normal Warning ConfigMap Secret Serving AllHeld NotAudited AddressesKnown Announced Reachable FullyRedundant PodsReady AllAlive Reached NotAsked AllThere Settled Draining Judging NotLooked RollingOut Declaring Repairing MovingShards HandingOver RemovingPods NotHeardOf Drained NotDrained ScaleDownRefused GrowRefused NotRefused NodeLost Starting Stopped'.split(
    ' ',
  ),
)
const SOURCES = [
  'outside-addresses',
  'network-outside',
  'network-status',
  'pool-status',
  'refusal',
  'nodes-lost',
  'rows-lacking',
  'network-key',
  'reconcile-network',
  'reconcile-pool',
  'pod-trouble',
  'verifiers-ready',
]

test('the runbook knows every reason for which a network is not Ready', (t) => {
  const sources = ['network-status', 'network-key', 'reconcile-network', 'refusal'].map((name) =>
    readFileSync(join(import.meta.dirname, `../controllers/${name}.ts`), 'utf8'),
  )
  const patterns = [/\b(?:not|refuse)\('([A-Z]\w+)'/g, /return \{ reason: '([A-Z]\w+)'/g, /\? '([A-Z]\w+)' : '([A-Z]\w+)', message/g]
  const reasons = new Set(
    sources.flatMap((text) => patterns.flatMap((pattern) => [...text.matchAll(pattern)].flatMap((found) => found.slice(1)))),
  )
  t.true(reasons.size >= 10, [...reasons].join(' '))
  const runbooks = readFileSync(join(import.meta.dirname, '../../docs/RUNBOOKS.md'), 'utf8')
  const [, section = ''] = /## LunarxNetworkNotReady\n([^]*?)\n## /.exec(runbooks) ?? []
  t.deepEqual(
    [...reasons].filter((reason) => !section.includes(`\`${reason}\``)),
    [],
  )
})

test('every reason that something is not as it should be has its advice', (t) => {
  const folder = join(import.meta.dirname, '..')
  const files = [...SOURCES.map((name) => `controllers/${name}.ts`), 'healing/judge-rest.ts', 'healing/lost-nodes.ts', 'healing/shrink.ts']
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
  const found = [
    ...text.matchAll(/reason: '([A-Z]\w+)'/g),
    ...text.matchAll(/(?:not|refuse)\('([A-Z]\w+)'/g),
    ...text.matchAll(/say\(\s*'(?:True|False|Unknown)',\s*'([A-Z]\w+)'/g),
    ...text.matchAll(/say\('([A-Z][a-z]\w+[A-Z]\w+)', [^'\n]*[`']/g),
    ...text.matchAll(/\? '([A-Z]\w+)' : '[A-Z]\w+'/g),
    ...text.matchAll(/\? '[A-Z]\w+' : '([A-Z]\w+)'/g),
  ].map(([, reason = '']) => reason)
  const reasons = new Set(found)
  t.true(reasons.size > 30, `found ${reasons.size}`)
  t.deepEqual(
    [...reasons].filter((reason) => !GOOD.has(reason) && ADVICE[reason] === undefined),
    [],
  )
})
