import test from 'ava'
import { statefulSet, type StatefulSet } from './children/stateful-set.ts'
import type { Pod } from './deps.ts'
import { CONFIG_ANNOTATION } from './names.ts'
import { aNetwork, aProviderPool } from './pools.fixture.ts'
import { askedOfSet, runningPod } from './roll-out.ts'

const made = statefulSet(aProviderPool(), aNetwork(), undefined, { fallbackImage: 'node:2', configFingerprint: 'new' }) as StatefulSet
const set = (observedGeneration: number): StatefulSet => ({
  ...made,
  metadata: { ...made.metadata, generation: 3 },
  status: { observedGeneration },
})
const pod = (config: string | undefined, image: string, labels: Record<string, string> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pool-a-0', uid: 'u', labels, annotations: config === undefined ? {} : { [CONFIG_ANNOTATION]: config } },
  spec: { containers: [{ image }] },
})

const cases: [title: string, pod: Pod, isOutdated: boolean][] = [
  ['as asked', pod('new', 'node:2'), false],
  ['another revision, worded by another operator, asked to be the same', pod('new', 'node:2', { 'controller-revision-hash': 'x' }), false],
  ['an older configuration', pod('old', 'node:2'), true],
  ['another image', pod('new', 'node:1'), true],
  ['no configuration at all', pod(undefined, 'node:2'), true],
]
for (const [title, given, isOutdated] of cases)
  test(`a pod is outdated: ${title}: ${isOutdated}`, (t) => t.is(runningPod(given, 'provider', askedOfSet(set(3))).isOutdated, isOutdated))

test('none is outdated before the StatefulSet controller has seen what is asked', (t) => {
  t.is(askedOfSet(set(2)), undefined)
  t.false(runningPod(pod('old', 'node:1'), 'provider', undefined).isOutdated)
})
