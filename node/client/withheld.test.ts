/**
 * Providers that prove to trackers and refuse their owner, more of them than a set can miss: only what they prove is left to read by.
 */
import { AUDIT_PROMISE } from '@lunarx/core/audit'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { isSilent, liar, withholds, type Withholding } from '../../test/fleet/liars.ts'
import { collectBytes, digest, Fleet, OWNER, type FleetOptions } from './_fleet.test.ts'
import type { Client, GetProgress } from './index.ts'

/** Few draws: what proves anything here was asked by the owner. */
const AUDIT = { ...AUDIT_PROMISE, withinMs: 10 * AUDIT_PROMISE.withinMs }
const PROVIDERS = 7

interface Story {
  readonly fleet: Fleet
  readonly client: Client
  readonly object: Uint8Array
  /** How shards are withheld from now on, by so many of the providers. */
  withhold: (how: Withholding, providers?: number) => void
}

async function start(seed: number, sizeBytes: number, options: Partial<FleetOptions> = {}): Promise<Story> {
  let [withholding, refusing]: [Withholding, number] = [undefined, 0]
  const disguise: FleetOptions['disguise'] = (i, peers) => withholds(peers, () => (i < refusing ? withholding : undefined))
  const fleet = await Fleet.start({ seed, providers: PROVIDERS, audit: AUDIT, disguise, ...options })
  const client = await fleet.openClient(OWNER)
  const object = new SeededRandom(seed).bytes(sizeBytes)
  await fleet.run(client.put('a', object))
  return { fleet, client, object, withhold: (how, providers = PROVIDERS) => ([withholding, refusing] = [how, providers]) }
}

const audits = ({ trackers }: Fleet) => trackers.flatMap(({ role }) => role.status().audit ?? [])
const contained = (fleet: Fleet): number => audits(fleet).reduce((sum, audit) => sum + audit.contained, 0)

test('all but two refuse: the owner reads every byte from what they prove, whole and in part, sees how far it is, and nobody is blamed', async (t) => {
  const { fleet, client, object, withhold } = await start(1, 2_500_000)
  withhold('refused', PROVIDERS - 2)
  const seen: GetProgress[] = []
  t.is(digest(await fleet.read(client, 'a', { onProgress: (progress) => seen.push(progress) })), digest(object))
  const filling = seen.flatMap(({ withheld }) => withheld ?? [])
  t.true(filling.length > 2)
  t.true(filling.every(({ leaves }, i) => leaves > (filling[i - 1]?.leaves ?? 0)))
  const last = filling.at(-1)
  t.true(last && last.leaves >= last.neededLeaves, JSON.stringify(last))

  const range = { offset: 1_234_567, length: 20_000 }
  const part: GetProgress[] = []
  const bytes = await fleet.read(client, 'a', { range, onProgress: (progress) => part.push(progress) })
  t.is(digest(bytes), digest(object.subarray(range.offset, range.offset + range.length)))
  t.true((part.find(({ withheld }) => withheld)?.withheld?.neededLeaves ?? Infinity) < (last?.neededLeaves ?? 0) / 4, 'only what is wanted')

  const abort = new AbortController()
  const onProgress = ({ withheld }: GetProgress): void => {
    if (withheld) abort.abort()
  }
  await t.throwsAsync(fleet.read(client, 'a', { signal: abort.signal, onProgress }), { code: 'ABORTED' })
  t.is(contained(fleet), 0)
  const scores = audits(fleet).flatMap(({ providers }) => providers.map(({ standing }) => standing.score))
  t.true(Math.max(...scores) < 0.9, `a hundred leaves raise nobody's standing: ${scores.join(' ')}`)
})

test('all refuse, or give other bytes: the same; but a grantee cannot sign for the owner', async (t) => {
  const { fleet, client, object, withhold } = await start(2, 300_000)
  const friend = await fleet.openClient(new Uint8Array(32).fill(7))
  const { address } = await fleet.run(friend.address())
  const grant = await fleet.run(client.share('a', address))
  for (const how of ['refused', 'garbled'] as const) {
    withhold(how)
    t.is(digest(await fleet.read(client, 'a')), digest(object), how)
    await t.throwsAsync(fleet.run(collectBytes(friend.getShared(grant))), { code: 'TOO_FEW_SHARDS' })
  }
})

test('who refuses trackers too is contained, as by any audit, and the owner is told that too few shards can be read', async (t) => {
  let isRefusing = false
  const { fleet, client } = await start(3, 100_000, {
    disguise(_, peers, signKey) {
      const silent = liar(peers, signKey, (honest) => (isRefusing ? isSilent(honest) : honest))
      return withholds(silent, () => (isRefusing ? 'refused' : undefined))
    },
  })
  isRefusing = true
  await t.throwsAsync(fleet.read(client, 'a'), { code: 'TOO_FEW_SHARDS' })
  t.true(contained(fleet) > 0)
})
