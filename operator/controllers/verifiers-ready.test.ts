import test from 'ava'
import { statefulSet, type StatefulSet } from './children/stateful-set.ts'
import type { Pod } from './deps.ts'
import { aNetwork, someVerifiers } from './pools.fixture.ts'
import type { Obstacle } from './pool-status.ts'
import { areVerifiersAwaited, verifiersFigures, verifiersReady, verifiersTrouble, type VerifiersSight } from './verifiers-ready.ts'

const made = statefulSet(someVerifiers({ replicas: 2 }), aNetwork(), undefined, {
  fallbackImage: 'n:1',
  configFingerprint: 'f',
}) as StatefulSet
const withReady = (replicas: number, readyReplicas: number): StatefulSet => ({ ...made, status: { replicas, readyReplicas } })
const pod = (name: string, status: NonNullable<Pod['status']>): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, status })
const ready = pod('tracker-verifier-0', { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })
const unready = { conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }] }
const silent = pod('tracker-verifier-1', { phase: 'Running', ...unready, containerStatuses: [{ state: {} }] })
const pulling = pod('tracker-verifier-1', {
  phase: 'Pending',
  ...unready,
  containerStatuses: [{ state: { waiting: { reason: 'ErrImagePull' } } }],
})
const sight = (changes: Partial<VerifiersSight> = {}): VerifiersSight => ({
  wanted: 2,
  set: withReady(2, 1),
  pods: [ready, silent],
  isAudited: true,
  refusal: undefined,
  ...changes,
})

const cases: [
  title: string,
  sight: VerifiersSight | undefined,
  obstacle: Obstacle | undefined,
  said: string | undefined,
  message?: RegExp,
][] = [
  ['it is no pool of trackers', undefined, undefined, undefined],
  ['none are wanted', sight({ wanted: 0 }), undefined, undefined],
  ['all have announced themselves', sight({ set: withReady(2, 2) }), undefined, 'True Announced'],
  ['so have more than are wanted', sight({ wanted: 1, set: withReady(2, 2) }), undefined, 'True Announced'],
  ['the pool cannot be made', sight(), { reason: 'NetworkNotFound', message: 'x' }, 'Unknown NetworkNotFound'],
  ['nothing is audited', sight({ isAudited: false }), undefined, 'False AuditsOff', /spec\.audit\.enabled/],
  [
    'their name is taken',
    sight({ refusal: 'Service ns/tracker-verifier belongs to another' }),
    undefined,
    'False VerifiersRefused',
    /belongs to/,
  ],
  ['one runs, and nobody takes it', sight(), undefined, 'False NotAnnounced', /^tracker-verifier-1 runs, .* log/],
  ['one does not run', sight({ pods: [ready, pulling] }), undefined, 'False VerifiersNotReady', /tracker-verifier-1: ErrImagePull/],
  ['none was made yet', sight({ set: undefined, pods: [] }), undefined, 'False VerifiersNotReady', /missing/],
]
for (const [title, seen, obstacle, said, message] of cases)
  test(`verifiers: ${title}`, (t) => {
    const [statement, ...more] = verifiersReady(seen, obstacle)
    t.deepEqual(more, [])
    t.is(statement && `${statement.status} ${statement.reason}`, said)
    if (message) t.regex(statement?.message ?? '', message)
  })

test('figures: none where none are wanted and none are left', (t) => {
  t.deepEqual(verifiersFigures(undefined), {})
  t.deepEqual(verifiersFigures(sight({ wanted: 0, set: withReady(0, 0) })), {})
  t.deepEqual(verifiersFigures(sight({ wanted: 0, set: withReady(1, 1) })), { verifiers: { replicas: 1, ready: 1 } })
  t.deepEqual(verifiersFigures(sight({ set: undefined })), { verifiers: { replicas: 0, ready: 0 } })
})

test('a person is told once they have been awaited for two minutes', (t) => {
  const stated = (status: 'True' | 'False') => ({
    conditions: [{ type: 'VerifiersReady', status, reason: 'NotAnnounced', message: 'x', lastTransitionTime: '1970-01-01T00:00:00Z' }],
  })
  t.is(verifiersTrouble({}, 1e9), undefined)
  t.is(verifiersTrouble(stated('True'), 1e9), undefined)
  t.is(verifiersTrouble(stated('False'), 119_999), undefined)
  t.deepEqual(verifiersTrouble(stated('False'), 120_000), { reason: 'NotAnnounced', message: 'x' })
  t.deepEqual([{}, stated('True'), stated('False')].map(areVerifiersAwaited), [false, false, true])
})
