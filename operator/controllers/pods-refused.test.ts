import test from 'ava'
import type { StatefulSet } from './children/stateful-set.ts'
import type { Pod } from './deps.ts'
import type { PodEvent } from './pod-trouble.ts'
import { arePodsMissing, refusalIn } from './pods-refused.ts'

const at = (minute: number): string => `2026-01-01T00:0${minute}:00Z`
const set = { metadata: { name: 'pool', uid: 'u1' }, spec: { replicas: 2 } } as unknown as StatefulSet
const pod = (minute: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `pool-${minute}`, creationTimestamp: at(minute) },
})
const event = (message: string, minute: number, uid = 'u1'): PodEvent => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: message },
  message,
  lastTimestamp: at(minute),
  involvedObject: { name: 'pool', uid },
})

test('pods are missing where there are fewer than the StatefulSet wants', (t) => {
  t.deepEqual(
    [undefined, set].map((one) => arePodsMissing(one, [pod(1)])),
    [false, true],
  )
  t.false(arePodsMissing(set, [pod(1), pod(2)]))
})

test('the last refusal counts, those to another StatefulSet of the name do not', (t) => {
  t.is(refusalIn(set, [], []), undefined)
  t.is(refusalIn(set, [], [event('first', 1), event('last', 3), event('second', 2), event('of another', 4, 'u0')]), 'last')
})

test('a refusal is over once a pod was made since', (t) => {
  t.is(refusalIn(set, [pod(1)], [event('quota', 2)]), 'quota')
  t.is(refusalIn(set, [pod(1), pod(3)], [event('quota', 2)]), undefined)
})
