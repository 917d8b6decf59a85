import { textOfDocument } from '@lunarx/core/document'
import { signEpoch } from '@lunarx/core/epoch'
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { checkConsistency } from './consistency.ts'
import type { Observed } from './observe.ts'
import { anObserved, withNetwork } from './observed.fixture.ts'

const key = nodeCrypto.signKey(new Uint8Array(32).fill(1))
const other = nodeCrypto.signKey(new Uint8Array(32).fill(2))
const networkKey = hexOf(key.publicKey)

const MEMBER = {
  peer: peerIdOf(key.publicKey),
  name: 'pool-0',
  domain: 'n1',
  address: { host: 'pool-0.pool.ns.svc', controlPort: 4001, dataPort: 4002 },
}
const epochOf = (signer: typeof key, number = 1): string =>
  textOfDocument(
    signEpoch({ network: 'ns/lunar', number, members: [MEMBER], trackerSlots: [], survive: 1, createdMs: 1, previous: null }, signer),
  )
const configOf = (hosts: readonly string[]): string =>
  JSON.stringify({
    network: 'ns/lunar',
    networkKey,
    trackers: hosts.map((host) => ({ host, controlPort: 4001, dataPort: 4002 })),
    classes: [{ name: 'standard', required: 4, parity: 2, survive: 1, inlineBytes: 65_536, versions: 1 }],
    defaultClass: 'standard',
    domainKey: 'kubernetes.io/hostname',
    survive: 1,
    issuer: { url: 'https://op.sys.svc:8443', ca: 'PEM' },
    detection: { heartbeatMs: 5_000, suspectMs: 15_000, lostMs: 60_000 },
    repair: { rebuildAfterMs: 900_000, bytesPerSecond: 1 },
  })
const clientConfig = configOf(['tracker-0.tracker.ns.svc'])

const well = withNetwork({ networkKey })
const problems = (observed: Observed, texts: Partial<Parameters<typeof checkConsistency>[1]> = {}): string[] =>
  checkConsistency(observed, { epoch: epochOf(key), clientConfig, ...texts }, nodeCrypto).flatMap((check) => [...check.problems])

test('a network that is well agrees with itself', (t) => t.deepEqual(problems(well), []))

const { claims, pods, statefulSets, providers } = anObserved()
const cases: [title: string, found: string[], expected: RegExp][] = [
  ['a change was not taken up', problems(withNetwork({ networkKey }, { generation: 2 })), /LunarNetwork lunar: the last change/],
  ['a pod is missing', problems({ ...well, pods: pods.slice(0, 2) }), /pod pool-1 is not there/],
  ['a claim is missing', problems({ ...well, claims: claims.slice(0, 2) }), /data-pool-1 is not there/],
  ['a pool has no StatefulSet', problems({ ...well, statefulSets: statefulSets.slice(0, 1) }), /pool has no StatefulSet/],
  [
    'a claim is another one',
    problems({ ...well, claims: claims.map((claim) => ({ ...claim, metadata: { ...claim.metadata, uid: 'new' } })) }),
    /pool-0 is remembered on another volume/,
  ],
  ['a peer is a member twice', problems({ ...well, providers: [...providers, ...providers] }), /pool-0 is a member twice/],
  ['there is no epoch', problems(well, { epoch: undefined }), /no epoch/],
  ['the epoch is signed by another', problems(well, { epoch: epochOf(other) }), /does not verify/],
  ['the epoch is another one', problems(well, { epoch: epochOf(key, 2) }), /epoch 2 is in force, the status says 1/],
  ['a tracker is unknown to clients', problems(well, { clientConfig: configOf(['old.tracker.ns.svc']) }), /not told of tracker tracker-0/],
  [
    'clients are given another key',
    problems(withNetwork({ networkKey: hexOf(other.publicKey) }), { epoch: epochOf(other) }),
    /another network key/,
  ],
  ['a set is lost', problems(withNetwork({ networkKey, sets: { lost: 2 } })), /2 sets are lost/],
]
test('verify: a pool that is being deleted may have fewer pods than its spec says, a Tracker among them', (t) => {
  const leaving = <T extends { readonly metadata: object }>(pools: readonly T[]): readonly T[] =>
    pools.map((pool) => ({ ...pool, metadata: { ...pool.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }))
  const fewer = statefulSets.map((set) => ({ ...set, spec: { replicas: 0 } }))
  const observed = { ...well, trackers: leaving(well.trackers), providers: leaving(well.providers), statefulSets: fewer }
  t.deepEqual(problems(observed, { clientConfig: configOf(['other-0.other.ns.svc']) }), [])
  t.is(problems({ ...well, statefulSets: fewer }).length, 2)
})

for (const [title, found, expected] of cases)
  test(`verify: ${title}`, (t) => {
    t.is(found.filter((problem) => expected.test(problem)).length, 1, found.join('; '))
  })
