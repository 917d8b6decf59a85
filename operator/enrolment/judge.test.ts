import test from 'ava'
import { labelsOf } from '../controllers/index.ts'
import type { KubeObject } from '../kube/index.ts'
import {
  admit,
  bearerOf,
  refuseRevoked,
  type Admitted,
  type Bearer,
  type NetworkSight,
  type PodSight,
  type Refusal,
  type TokenReview,
} from './judge.ts'

const network: NetworkSight = {
  namespace: 'ns',
  name: 'lunar',
  failureDomainKey: 'kubernetes.io/hostname',
  clients: ['dapp', 'both'],
  verifiers: ['watcher', 'both'],
}
const labels = labelsOf('provider', 'pool-a', 'lunar')
const owner = (kind: string) => [{ apiVersion: 'lunarx.dev/v1alpha1', kind, name: 'pool-a', uid: 'o1', controller: true }]
const pod: NonNullable<PodSight['pod']> = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pool-a-0', namespace: 'ns', uid: 'u1', labels },
  spec: { nodeName: 'n1' },
}
const set: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'pool-a', labels, ownerReferences: owner('Provider') },
}
const node: KubeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z1', secret: 'x' } },
}
const bearer: Bearer = { namespace: 'ns', serviceAccount: 'pool-a', pod: { name: 'pool-a-0', uid: 'u1' } }
const dapp: Bearer = { namespace: 'ns', serviceAccount: 'dapp', pod: { name: 'dapp', uid: 'u9' } }
const dappPod = { ...pod, metadata: { name: 'dapp', namespace: 'ns', uid: 'u9', labels: {} } }
const sight: PodSight = { pod, set, node }

const provider: Admitted = {
  role: 'provider',
  name: 'pool-a-0',
  domains: { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z1' },
}
function verifiers(kind: string): PodSight {
  const [named, its] = ['tracker-verifier', labelsOf('verifier', 'tracker-verifier', 'lunar')]
  return {
    node,
    pod: { ...pod, metadata: { ...pod.metadata, name: `${named}-0`, labels: its } },
    set: { ...set, metadata: { name: named, labels: its, ownerReferences: owner(kind) } },
  }
}
const cases: [title: string, bearer: Bearer, sight: PodSight, answer: Admitted | RegExp][] = [
  ['a pod of a pool is a provider in the domains of its node', bearer, sight, provider],
  [
    'its volume lies on a store that it shares with others',
    bearer,
    { ...sight, store: 'a'.repeat(32) },
    { ...provider, domains: { ...provider.domains, 'lunarx.dev/store': 'a'.repeat(32) } },
  ],
  ['a pod that was replaced since is not', { ...bearer, pod: { name: 'pool-a-0', uid: 'u0' } }, sight, /is gone/],
  ['a pod that does not exist is not', bearer, { pod: undefined, set: undefined, node: undefined }, /is gone/],
  ['a token of another namespace is not', { ...bearer, namespace: 'other' }, sight, /namespace other/],
  ['a pod with the labels but an account of its own is not', { ...bearer, serviceAccount: 'dapp' }, sight, /none of network/],
  [
    'a StatefulSet that no Provider owns makes no provider',
    bearer,
    { ...sight, set: { ...set, metadata: { ...set.metadata, ownerReferences: owner('Deployment') } } },
    /none of network/,
  ],
  [
    'a pool of another network is not',
    bearer,
    { ...sight, set: { ...set, metadata: { ...set.metadata, labels: labelsOf('provider', 'pool-a', 'sun') } } },
    /none of network/,
  ],
  [
    'a pod of the verifiers of a Tracker is a verifier in the domains of its node, though no account of theirs is named',
    { ...bearer, serviceAccount: 'tracker-verifier', pod: { name: 'tracker-verifier-0', uid: 'u1' } },
    verifiers('Tracker'),
    { ...provider, role: 'verifier', name: 'tracker-verifier-0' },
  ],
  [
    'verifiers of no Tracker are not',
    { ...bearer, serviceAccount: 'tracker-verifier', pod: { name: 'tracker-verifier-0', uid: 'u1' } },
    verifiers('Provider'),
    /none of network/,
  ],
  ['without a known node there are no domains', bearer, { ...sight, node: undefined }, /node of pod/],
  [
    'a node without the label has no domain',
    bearer,
    { ...sight, node: { ...node, metadata: { name: 'n1', labels: {} } } },
    /no label kubernetes.io\/hostname/,
  ],
  [
    'an account among the clients is a client',
    dapp,
    { pod: dappPod, set: undefined, node: undefined },
    { role: 'client', name: 'dapp', domains: {} },
  ],
  [
    'a token without a pod is a client too',
    { ...dapp, pod: undefined },
    { pod: undefined, set: undefined, node: undefined },
    { role: 'client', name: 'dapp', domains: {} },
  ],
  [
    'an account among the verifiers is a verifier, by its own name',
    { ...dapp, serviceAccount: 'watcher' },
    { pod: dappPod, set: undefined, node: undefined },
    { role: 'verifier', name: 'watcher', domains: {} },
  ],
  [
    'so is one that is a client too',
    { ...dapp, serviceAccount: 'both', pod: undefined },
    { pod: undefined, set: undefined, node: undefined },
    { role: 'verifier', name: 'both', domains: {} },
  ],
  [
    'a verifier of another namespace is refused',
    { ...dapp, namespace: 'another', serviceAccount: 'watcher', pod: undefined },
    { pod: undefined, set: undefined, node: undefined },
    /namespace another/,
  ],
  [
    'an account that is not among the clients is refused',
    { ...dapp, serviceAccount: 'default' },
    { pod: dappPod, set: undefined, node: undefined },
    /neither among spec.clients nor spec.verifiers/,
  ],
]
for (const [title, who, seen, answer] of cases) {
  test(title, (t) => {
    const admitted = admit(network, who, seen)
    if (answer instanceof RegExp) t.regex((admitted as Refusal).refusal, answer)
    else t.deepEqual(admitted, answer)
  })
}

const review = (status: TokenReview['status']): TokenReview => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenReview',
  metadata: { name: '' },
  ...(status && { status }),
})
const user = {
  username: 'system:serviceaccount:ns:dapp',
  extra: { 'authentication.kubernetes.io/pod-name': ['dapp'], 'authentication.kubernetes.io/pod-uid': ['u9'] },
}
const reviews: [string, TokenReview['status'], Bearer | RegExp][] = [
  ['a good token', { authenticated: true, audiences: ['lunarx.dev/ns/lunar'], user }, dapp],
  ['a good token with the short audience', { authenticated: true, audiences: ['lunarx.dev/lunar'], user }, dapp],
  [
    'a token that is not bound to a pod',
    { authenticated: true, audiences: ['lunarx.dev/lunar'], user: { username: user.username } },
    { ...dapp, pod: undefined },
  ],
  ['a token for the API server', { authenticated: true, audiences: ['https://kubernetes.default.svc'], user }, /audience/],
  ['a token for another network', { authenticated: true, audiences: ['lunarx.dev/ns/sun'], user }, /audience/],
  ['an expired token', { authenticated: false, error: 'token has expired' }, /expired/],
  ['a person', { authenticated: true, audiences: ['lunarx.dev/lunar'], user: { username: 'alice' } }, /service account/],
  ['no answer', undefined, /not valid/],
]
for (const [title, status, answer] of reviews) {
  test(`bearer: ${title}`, (t) => {
    const found = bearerOf(review(status), 'ns/lunar')
    if (answer instanceof RegExp) t.regex((found as Refusal).refusal, answer)
    else t.deepEqual(found, answer)
  })
}

test('a peer that was put out is refused, with the reason where one is given', (t) => {
  const [peer, other] = ['12D3KooWa', '12D3KooWb']
  t.is(refuseRevoked([], peer), undefined)
  t.is(refuseRevoked([{ peer: other }], peer), undefined)
  t.deepEqual(refuseRevoked([{ peer }], peer), { refusal: `the network has revoked the membership of ${peer}` })
  t.deepEqual(refuseRevoked([{ peer, reason: 'its node was stolen' }], peer), {
    refusal: `the network has revoked the membership of ${peer}: its node was stolen`,
  })
})
