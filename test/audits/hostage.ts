/**
 * Providers that answer audits and refuse their owner, all of a network: real trackers, providers and a client in one process. The owner
 * has every leaf asked by trackers, which the providers cannot tell from audits, and has its bytes.
 *
 * @module
 */
import { AUDIT_PROMISE } from '@lunarx/core/audit'
import { equalBytes, LunarError } from '@lunarx/core/model'
import type { Client } from '@lunarx/client'
import type { RecordedMetrics } from '@lunarx/runtime/metrics'
import type { Machine } from '../../node/client/_machines.test.ts'
import { Fleet } from '../../node/client/_fleet.test.ts'
import { withholds } from '../fleet/liars.ts'
import { stream } from '../vectors/stream.ts'
import type { Attack } from './measure.ts'

const PROVIDERS = 7
const OBJECT_BYTES = 200_000

export async function readFromHostages(objects: number): Promise<Attack> {
  let [isRefusing, refusals] = [false, 0]
  const how = () => {
    if (isRefusing) refusals++
    return isRefusing ? ('refused' as const) : undefined
  }
  const fleet = await Fleet.start({ providers: PROVIDERS, audit: AUDIT_PROMISE, disguise: (_, peers) => withholds(peers, how) })
  const client = await fleet.openClient()
  const names = Array.from({ length: objects }, (_, i) => `hostage ${i}`)
  for (const name of names) await fleet.run(client.put(name, stream(name, OBJECT_BYTES)))
  isRefusing = true
  let read = 0
  for (const name of names) if (await isRead(name, client, fleet)) read++
  const leaves = fleet.trackers.reduce((sum, { machine }) => sum + provedBy(machine), 0)
  return {
    attack: 'refuses its owner, answers audits',
    paper: 'hostage',
    counted: `objects of ${OBJECT_BYTES / 1000} kB that the owner reads while all ${PROVIDERS} providers refuse, bit for bit`,
    formula: '1, with as many questions as leaves',
    expected: 1,
    measured: read / objects,
    trials: objects,
    beside: [
      { what: 'reads refused', count: refusals, due: 'some' },
      { what: 'leaves had from trackers', count: leaves, due: 'some' },
    ],
  }
}

const provedBy = ({ platform }: Machine): number =>
  (platform.metrics as RecordedMetrics).value('lunarx_audit_owner_leaves_total', { verdict: 'proved' })

async function isRead(name: string, client: Client, fleet: Fleet): Promise<boolean> {
  try {
    return equalBytes(await fleet.read(client, name), stream(name, OBJECT_BYTES))
  } catch (error) {
    if (!(error instanceof LunarError)) throw error
    return false
  }
}
