import { LEASE } from '@lunarx/core/document'
import { ownerKeys } from '@lunarx/core/keys'
import { hexOf, LunarError, type PeerAddress } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { bury, listKept, type AnswerOf, type Exchange, type QuestionOf } from '@lunarx/wire'
import test from 'ava'
import { collectGarbage, type CollectDeps } from './collect-garbage.ts'

type Listed = AnswerOf<typeof listKept>['sets'][number]

const OLD = LEASE.freeAfterMs
const { signal } = new AbortController()
const idOf = (n: number): Uint8Array => crypto.sha256(Uint8Array.of(n))
const hex = (n: number): string => hexOf(idOf(n))

/** Trackers, each with what it lists of sets by number (undefined: away), and what names name. */
function world(listings: readonly (Record<number, number> | undefined)[], named: readonly number[] = []) {
  const clock = new SimulatedClock()
  const buried: string[] = []
  const addresses = listings.map((_, at): PeerAddress => ({ host: `t${at}`, controlPort: 1, dataPort: 2 }))
  const answer = async (to: PeerAddress, exchange: Exchange<unknown, unknown>, question: unknown): Promise<unknown> => {
    const listing = listings[Number(to.host.slice(1))]
    if (exchange.name !== listKept.name || !listing) throw new LunarError('PEER_UNREACHABLE', 'away')
    const { after } = question as QuestionOf<typeof listKept>
    const all = Object.entries(listing).map(([n, ageMs]): Listed => ({ segment: idOf(Number(n)), bytes: 10, ageMs }))
    const from = after ? all.findIndex(({ segment }) => hexOf(segment) === hexOf(after)) + 1 : 0
    return { sets: all.slice(from, from + 1), next: all[from + 1] ? all[from]?.segment : null } // one to a page
  }
  const deps = {
    network: { network: 'net' },
    keys: ownerKeys(new Uint8Array(32), crypto),
    clock,
    log: new Trace(clock).log('client'),
    peers: {
      self: 'me',
      ask: async (to: PeerAddress, exchange: Exchange<unknown, unknown>, question: unknown) => ({
        answer: await answer(to, exchange, question),
        body: (async function* () {})(),
      }),
    },
    trackers: {
      byName: new Map(addresses.map((address) => [address.host, address])),
      owners: () => addresses.map(({ host }) => host),
      ask: async (exchange: Exchange<unknown, unknown>, { tombstones }: QuestionOf<typeof bury>) => {
        if (exchange.name === bury.name) buried.push(...tombstones.map(() => 'one'))
        return { accepted: tombstones.length }
      },
    },
    names: {
      async *list() {
        for (const n of named) yield { name: `object ${n}`, versions: [{ content: { kind: 'sets', ids: [idOf(n)] } }], conflicting: [] }
      },
    },
    setsUnder: async function* ({ ids }: { readonly ids: readonly Uint8Array[] }) {
      yield* ids
    },
  } as unknown as CollectDeps
  const collect = async (isFreed: boolean) => (await collectGarbage({ isFreed, signal }, deps)).garbage.map(({ segment }) => segment).sort()
  return { collect, buried, deps }
}

test('garbage is what no name names and what was last kept a week ago, by every tracker’s count', async (t) => {
  const all = { 1: OLD, 2: OLD + 1, 3: OLD - 1, 4: 2 * OLD, 5: OLD }
  const { collect, buried } = world([all, { ...all, 5: 0 }, all], [2])
  t.deepEqual(await collect(false), [hex(1), hex(4)].sort())
  t.is(buried.length, 0)
  await collect(true)
  t.is(buried.length, 2)
})

test('what a majority of its trackers was not heard about is left alone: one of the others may know that it was kept again', async (t) => {
  const all = { 1: OLD }
  t.deepEqual(await world([all, all, undefined]).collect(false), [hex(1)])
  t.deepEqual(await world([all, undefined, undefined]).collect(true), [])
})

test('nothing is freed when a name cannot be read', async (t) => {
  const { collect, buried, deps } = world([{ 1: OLD }])
  const names = {
    async *list() {
      yield* []
      await Promise.reject(new LunarError('NOT_ENOUGH_REPLICAS', 'away'))
    },
  }
  Object.assign(deps, { names })
  await t.throwsAsync(collect(true), { code: 'NOT_ENOUGH_REPLICAS' })
  t.is(buried.length, 0)
})
