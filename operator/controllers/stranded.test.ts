import test from 'ava'
import { homeOf, selectorsOf, type Node, type PersistentVolume } from './stranded.ts'

const volume = (terms?: readonly object[]): PersistentVolume =>
  ({ spec: terms === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: terms } } } }) as unknown as PersistentVolume
const host = (...values: string[]) => ({ key: 'kubernetes.io/hostname', operator: 'In', values })
const zone = { key: 'zone', operator: 'In', values: ['a', 'b'] }

const volumes: [title: string, volume: PersistentVolume, selectors: readonly string[] | undefined][] = [
  ['a network volume is tied to no node', volume(), undefined],
  ['a local volume', volume([{ matchExpressions: [host('n1')] }]), ['kubernetes.io/hostname in (n1)']],
  [
    'a volume of a zone, on some nodes',
    volume([{ matchExpressions: [zone, host('n1')] }]),
    ['zone in (a,b),kubernetes.io/hostname in (n1)'],
  ],
  [
    'either of two terms',
    volume([{ matchExpressions: [host('n1')] }, { matchExpressions: [zone] }]),
    ['kubernetes.io/hostname in (n1)', 'zone in (a,b)'],
  ],
  [
    'more than labels say: nothing is concluded',
    volume([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }]),
    undefined,
  ],
  [
    'what is excluded: nothing is concluded',
    volume([{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }]),
    undefined,
  ],
]
for (const [title, given, selectors] of volumes) test(`where a volume lies: ${title}`, (t) => t.deepEqual(selectorsOf(given), selectors))

const node = (status: string, taints: readonly string[] = []): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  spec: { taints: taints.map((key) => ({ key })) },
  status: { conditions: [{ type: 'Ready', status, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
})
const since = Date.parse('2026-01-01T00:00:00Z')
const nodes: [title: string, node: Node, gone: ReturnType<typeof homeOf>['gone']][] = [
  ['answers', node('True'), undefined],
  ['answers and is not ready', node('False'), undefined],
  ['does not answer', node('Unknown'), since],
  ['taken out of service', node('Unknown', ['node.kubernetes.io/out-of-service']), 'for-good'],
  ['cordoned', node('True', ['node.kubernetes.io/unschedulable']), undefined],
]
for (const [title, given, gone] of nodes) test(`a node that ${title}`, (t) => t.is(homeOf(given).gone, gone))
