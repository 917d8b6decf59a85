/**
 * A provider's way with shards, again and again: each written to the volume in pieces, synced, published and entered in the catalog. A
 * process of its own, as in a pod of its own. It goes at the message `go`, rests at the next one, whatever that says, and tells then how many
 * bytes it has stored meanwhile.
 *
 * node volume-process.ts FOLDER BYTES_PER_SECOND (0: as fast as it can)
 *
 * @module
 */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { VolumeStore } from '@lunarx/provider/store'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { NodeDisk } from '@lunarx/runtime/disk'
import { Keeper, makeShard } from './backend-shards.ts'
import { MIB } from './workbench.ts'

/** Shards that replace each other, so that the volume does not fill. */
const SHARDS = 8
const SHARD_BYTES = 4 * MIB
/** Uploads at a time. */
const AT_ONCE = 2

const [folder = '', limit = '0'] = process.argv.slice(2)
const files = join(folder, 'files')
mkdirSync(files, { recursive: true })
const keeper = await Keeper.open(await VolumeStore.open(new NodeDisk(files), crypto), join(folder, 'catalog.sqlite'))
const shards = Array.from({ length: SHARDS }, () => makeShard(SHARD_BYTES))

const stepMs = Number(limit) > 0 ? (SHARD_BYTES / Number(limit)) * 1_000 : 0
/** When the next upload may begin. */
let nextMs = 0
/** As many bytes in a second as are allowed, in even steps. */
async function pause(rest: Promise<unknown>): Promise<void> {
  if (stepMs === 0) return
  const nowMs = performance.now()
  const atMs = Math.max(nextMs, nowMs)
  nextMs = atMs + stepMs
  await Promise.race([setTimeout(atMs - nowMs), rest])
}

/** @returns bytes */
async function storeUntil(rest: Promise<unknown>): Promise<number> {
  const resting = new AbortController()
  void rest.then(() => resting.abort())
  let bytes = 0
  nextMs = performance.now() + stepMs / 2
  /** Each uploads shards of its own. */
  const upload = async (first: number): Promise<void> => {
    for (let i = first; !resting.signal.aborted; i = (i + AT_ONCE) % SHARDS) {
      await pause(rest)
      const shard = shards[i]
      if (resting.signal.aborted || !shard) return
      await keeper.put(shard)
      await keeper.enter(shard)
      bytes += SHARD_BYTES
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => upload(first)))
  return bytes
}

process.send?.('ready')
for (;;) {
  await once(process, 'message')
  process.send?.(await storeUntil(once(process, 'message')))
}
