import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSession } from '@lunarx/client/connect'
import { documentId, SEGMENT_RECORD, signDocument, type SignedDocument } from '@lunarx/core/document'
import { address } from '@lunarx/core/merkle'
import { hasCode, itemAt, type PeerAddress } from '@lunarx/core/model'
import { openPeers } from '@lunarx/net'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { reserve, retrieve, store, storeProgress, type Placed } from '@lunarx/wire'
import test from 'ava'
import { startNetwork } from './_network.test.ts'
import { PORTS_PER_MEMBER } from './members.ts'

const SHARD_BYTES = 3_000_000
const NOTHING = { segment: new Uint8Array(32), index: 0, offset: 0, length: 0 }

/** A set of random shards of class 4+2: whether they belong together is of no matter to providers. */
function randomSet(network: string, random: { bytes(length: number): Uint8Array }) {
  const owner = crypto.signKey(random.bytes(32))
  const shards = Array.from({ length: 6 }, () => random.bytes(SHARD_BYTES))
  const record = {
    network,
    owner: owner.publicKey,
    className: '4+2',
    required: 4,
    parity: 2,
    survive: 1,
    shardBytes: SHARD_BYTES,
    salt: random.bytes(16),
    birthRound: 0,
    readKey: owner.publicKey,
    addresses: shards.map((shard) => address(shard, crypto)),
    createdMs: Date.now(),
  }
  const document = signDocument(SEGMENT_RECORD, record, owner)
  return { document, id: documentId(SEGMENT_RECORD, document, crypto), shards }
}

/** Asks again while providers are thought to be away: on a busy machine heartbeats come late. */
async function placeOf(peers: Peers, tracker: PeerAddress, record: SignedDocument): Promise<readonly Placed[]> {
  for (;;) {
    try {
      return (await peers.ask(tracker, reserve, { record, wanted: [], avoid: [] })).answer.placed
    } catch (error) {
      if (!hasCode(error, 'NO_ROOM')) throw error
      await sleep(500)
    }
  }
}

/** Half at once, the rest when it may. */
async function* slowly(bytes: Uint8Array, rest: Promise<void>): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, SHARD_BYTES / 2)
  await rest
  yield bytes.subarray(SHARD_BYTES / 2)
}

test('a provider process that is told to stop ends one upload, hands back one that hangs, and goes on after its start', async (t) => {
  t.timeout(120_000)
  const dir = await mkdtemp(join(tmpdir(), 'lunarx-stop-'))
  const { network, child, basePort } = await startNetwork(dir)
  try {
    const { config, tokenFile, stateDir } = network.paths
    const { network: joined, platform, identity, credential } = await openSession({ config, tokenFile, stateDir }, {})
    await using peers = await openPeers({ ...joined, identity, credential: () => credential }, platform)
    const sets = [randomSet(joined.network, platform.random), randomSet(joined.network, platform.random)]
    const places: (readonly Placed[])[] = []
    for (const set of sets) places.push(await placeOf(peers, itemAt(joined.trackers, 0), set.document))
    const { provider } = itemAt(itemAt(places, 0), 0)
    const [ending, hanging] = places.map((placed) => placed.find((place) => place.provider.peer === provider.peer))
    if (!ending || !hanging) throw new Error('six providers hold one shard each of a set of six')
    const upload = (n: number, { key, index }: Placed, rest: Promise<void>) => {
      const { document, shards } = itemAt(sets, n)
      return peers.ask(provider, store, { key, record: document, offset: 0 }, { body: slowly(itemAt(shards, index), rest) })
    }
    const progress = async ({ key }: Placed) => (await peers.ask(provider, storeProgress, { key })).answer
    const arrived = async (place: Placed): Promise<void> => {
      while ((await progress(place)).receivedBytes < SHARD_BYTES / 2) await sleep(50)
    }

    const rest = Promise.withResolvers<void>()
    const first = upload(0, ending, rest.promise)
    const second = upload(1, hanging, new Promise(() => undefined))
    const outcome = second.then(
      () => undefined,
      (error: unknown) => error,
    )
    await Promise.all([arrived(ending), arrived(hanging)])
    const at = (provider.dataPort - basePort - 2) / PORTS_PER_MEMBER
    const member = network.members[at]
    if (!member?.pid) throw new Error('the provider has a process')
    process.kill(member.pid, 'SIGTERM')
    const probe = { ...NOTHING, authority: { kind: 'reader' as const, request: itemAt(sets, 0).document } }
    while (!hasCode(await peers.ask(provider, retrieve, probe).catch((error: unknown) => error), 'STOPPING')) await sleep(20)
    rest.resolve()
    t.truthy((await first).answer.receipt)
    const error = await outcome
    t.true(hasCode(error, 'INTERRUPTED'), String(error))

    // started again by `lunarx dev`
    let found: { receivedBytes: number } | undefined
    while (!found) found = await progress(hanging).catch(() => sleep(200))
    t.is(found.receivedBytes, SHARD_BYTES / 2)
    const { document, shards } = itemAt(sets, 1)
    const question = { key: hanging.key, record: document, offset: found.receivedBytes }
    const body = slowly(itemAt(shards, hanging.index), Promise.resolve())
    await body.next()
    t.truthy((await peers.ask(provider, store, question, { body })).answer.receipt)
    t.truthy((await progress(ending)).receipt)
    const log = await readFile(member.logFile, 'utf8')
    t.regex(log, /"isGraceful":true/)
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
    await rm(dir, { recursive: true, force: true })
  }
})
