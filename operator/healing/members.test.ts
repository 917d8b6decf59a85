import test from 'ava'
import { detect } from './detect.ts'
import { aProvider } from './fleet.fixture.ts'
import { learnMembers } from './members.ts'

const claim = (uid: string) => ({ pod: 'pool-0', uid, phase: 'Bound' })

test('a member is learned when its peer is alive and its claim is there', (t) => {
  t.deepEqual(learnMembers([], [claim('u1')], [aProvider('pool-0', 'p1')]), [{ name: 'pool-0', peer: 'p1', claim: 'u1' }])
  t.deepEqual(learnMembers([], [], [aProvider('pool-0', 'p1')]), [])
  t.deepEqual(learnMembers([], [claim('u1')], [aProvider('pool-0', 'p1', { state: 'suspect' })]), [])
})

test('a dead peer that still seems alive is not learned together with the volume of its successor', (t) => {
  const before = learnMembers([], [claim('u1')], [aProvider('pool-0', 'old')])
  const during = learnMembers(before, [claim('u2')], [aProvider('pool-0', 'old')])
  t.deepEqual(during, before)
  const both = learnMembers(during, [claim('u2')], [aProvider('pool-0', 'old'), aProvider('pool-0', 'new')])
  t.deepEqual(both, before)
  t.is(detect({ members: both, claims: [claim('u2')], fleet: [aProvider('pool-0', 'old')] })[0]?.kind, 'volume-gone')
  const after = learnMembers(
    both,
    [claim('u2')],
    [aProvider('pool-0', 'old', { state: 'lost', declaredLost: true }), aProvider('pool-0', 'new')],
  )
  t.deepEqual(after, [{ name: 'pool-0', peer: 'new', claim: 'u2' }])
  t.deepEqual(detect({ members: after, claims: [claim('u2')], fleet: [aProvider('pool-0', 'new')] }), [])
})
