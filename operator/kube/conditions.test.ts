import test from 'ava'
import { isTrue, settleConditions } from './conditions.ts'

const ready = (status: 'True' | 'False', reason = 'Because') => ({ type: 'Ready', status, reason, message: 'm' })

test('the transition time moves only when the status does', (t) => {
  const first = settleConditions(undefined, [ready('False')], 1, 1_000)
  const same = settleConditions(first, [ready('False', 'Other')], 2, 9_000)
  t.is(same[0]?.lastTransitionTime, first[0]?.lastTransitionTime)
  t.is(same[0]?.reason, 'Other')
  t.is(same[0]?.observedGeneration, 2)
  const changed = settleConditions(same, [ready('True')], 2, 9_000)
  t.is(changed[0]?.lastTransitionTime, '1970-01-01T00:00:09Z')
  t.true(isTrue(changed, 'Ready'))
  t.false(isTrue(same, 'Ready'))
})
