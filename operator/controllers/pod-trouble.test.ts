import test from 'ava'
import type { Pod } from './deps.ts'
import { explainMount, troubleOf, type PodEvent } from './pod-trouble.ts'
import { aProviderPool, aTrackerPool } from './pools.fixture.ts'

const s3 = { endpoint: 'http://s3:9000', bucket: 'shards', credentialsSecret: { name: 's3-keys' } }
const pool = aProviderPool({ capacity: '1Gi', backend: { s3 } })

const pod = (status: Pod['status'], uid = 'u1'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pool-a-0', uid },
  ...(status && { status }),
})
const creating = { containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] }
const ready = { conditions: [{ type: 'Ready', status: 'True' }] }
const event = (message: string, lastTimestamp: string, uid = 'u1'): PodEvent => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e' },
  reason: 'FailedMount',
  message,
  lastTimestamp,
  involvedObject: { name: 'pool-a-0', uid },
})
const GONE = 'MountVolume.SetUp failed for volume "backend-keys" : secret "s3-keys" not found'
const NO_KEY = 'MountVolume.SetUp failed for volume "backend-keys" : references non-existent secret key: secretKey'

test('a Secret that is not there is named, with its keys and its namespace', (t) => {
  const trouble = troubleOf(pool, [pod(creating)], [event(GONE, '2026-01-01T00:00:00Z')])
  t.is(trouble?.reason, 'SecretMissing')
  t.regex(trouble?.message ?? '', /no Secret s3-keys in namespace ns: make it with accessKey and secretKey/)
})

test('a key that is missing is named', (t) => {
  const trouble = explainMount(pool, NO_KEY)
  t.is(trouble.reason, 'SecretKeyMissing')
  t.regex(trouble.message, /no key secretKey; wanted are accessKey and secretKey in Secret s3-keys/)
})

test('the newest complaint counts, those about another pod of the name do not', (t) => {
  const events = [event(GONE, '2026-01-01T00:00:00Z'), event(NO_KEY, '2026-01-01T00:01:00Z'), event(GONE, '2026-01-01T00:02:00Z', 'u0')]
  t.is(troubleOf(pool, [pod(creating)], events)?.reason, 'SecretKeyMissing')
})

test('other complaints come as they are; a pod that has started is none of them', (t) => {
  t.is(explainMount(pool, 'timed out waiting for the condition').reason, 'MountFailed')
  t.is(troubleOf(pool, [pod(ready)], [event(GONE, '2026-01-01T00:00:00Z')]), undefined)
})

test('what a provider said before it ended is repeated', (t) => {
  const message =
    '{"level":"info"}\nlunarx: STORE_FAILED: the backend refuses the credentials {"operation":"claim"}\n  The store failed.\n  Look.\n'
  const crashed = { containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { message } } }] }
  t.deepEqual(troubleOf(pool, [pod(crashed)], []), {
    reason: 'BackendRefused',
    message: 'pool-a-0: STORE_FAILED: the backend refuses the credentials {"operation":"claim"}',
  })
})

test('trackers whose database is out of reach say so in the same way', (t) => {
  const trackers = aTrackerPool({ store: { postgres: { hosts: ['db'], database: 'lunar', credentialsSecret: { name: 'db-keys' } } } })
  const gone = 'MountVolume.SetUp failed for volume "store-keys" : secret "db-keys" not found'
  t.regex(explainMount(trackers, gone).message, /no Secret db-keys in namespace ns: make it with username and password in Secret db-keys\./)
  const message = 'lunarx: STORE_FAILED: the database refuses the account: see username and password {"operation":"migrate"}\n'
  const crashed = pod({ containerStatuses: [{ lastState: { terminated: { message } } }] })
  t.is(troubleOf(trackers, [crashed], [])?.reason, 'StoreRefused')
})
