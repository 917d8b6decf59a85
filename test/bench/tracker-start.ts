/**
 * Cold start of a tracker: opening the map of so many sets, each with one statement, in a fresh process, for a store.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { documentId, encodeBytes, SEGMENT_RECORD } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import type { OpenStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../../node/tracker/limits.ts'
import { openMap } from '../../node/tracker/map/index.ts'
import type { StartCost } from './inventory-process.ts'
import { recordOf, sign } from './inventory-sides.ts'
import { lessIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'

export interface StartStore {
  /** As the table names it. */
  readonly kind: string
  readonly openStore: OpenStore
  /** Arguments of inventory-process.ts: to open the map, and to read its entries and drop them. */
  readonly map: readonly [string, string]
  readonly scan: readonly [string, string]
}

const BATCH = 1_000

/** Fills the store first. */
export async function benchStart(
  { kind, openStore, map, scan }: StartStore,
  sets: number,
): Promise<{ records: BenchRecord[]; figures: BenchFigure[] }> {
  await fill(openStore, sets)
  const [ours, theirs] = [inProcess(map), inProcess(scan)]
  if (ours.count !== sets) throw new Error(`the map opens with ${ours.count} of ${sets} sets`)
  const label = `${kind}, ${sets} sets with one statement each`
  return {
    records: [
      lessIsBetter({
        name: 'tracker',
        case: label,
        metric: 'cold start',
        unit: 'CPU s',
        ours: ours.cpuSeconds,
        peer: 'plain scan of the same entries',
        theirs: theirs.cpuSeconds,
      }),
    ],
    figures: [{ case: label, metric: 'cold start: resident growth', unit: 'MB', value: rounded(ours.growthBytes / 1e6) }],
  }
}

/** All with one signature: nobody verifies what is in the store. */
async function fill(openStore: OpenStore, sets: number): Promise<void> {
  const { signature } = sign(recordOf(0))
  await using map = await openMap({ network: 'net', openStore, scanEntries: TRACKER_LIMITS.scanEntries, onChange: () => undefined })
  const peer = peerIdOf(crypto.sha256(new TextEncoder().encode('holder')))
  for (let at = 0; at < sets; at += BATCH) {
    const news = Array.from({ length: Math.min(BATCH, sets - at) }, (_, i) => {
      const record = recordOf(at + i)
      const document = { body: encodeBytes(record), signature }
      return { id: documentId(SEGMENT_RECORD, document, crypto), record, document }
    })
    await map.records.learn(news, { isCommitted: true })
    await map.statements.affirm(news.map(({ id }) => ({ segment: id, index: 0, peer })))
  }
}

/** A start of its own, since what a process has done before shows in its memory. */
export function inProcess([mode, argument]: readonly [string, string]): StartCost {
  const script = join(import.meta.dirname, 'inventory-process.ts')
  const options = ['--expose-gc', '--conditions=source', '--disable-warning=ExperimentalWarning']
  const { stdout, stderr, status } = spawnSync(process.execPath, [...options, script, mode, argument], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${mode} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as StartCost
}
