import { LUNAR_KINDS, MAINTENANCE_ANNOTATION, maintenanceAskedOf, withMaintenance } from '../controllers/index.ts'
import { auditsOf } from './audit-page.ts'
import { printJson, type Command } from './context.ts'
import { EXIT, RefusedError } from './exit-codes.ts'
import { findMember } from './find-member.ts'
import { observe } from './observe.ts'

const MINUTE_MS = 60_000
/** As long as trackers take it for at once. */
const MOST_MINUTES = 24 * 60

/** 0: it is over. @throws {RefusedError} */
export function readMinutes({ minutes, undo }: Readonly<Record<string, string | boolean | undefined>>): number {
  if (undo === true && minutes === undefined) return 0
  const asked = typeof minutes === 'string' && /^\d{1,4}$/.test(minutes) ? Number(minutes) : 0
  if (undo === true || asked < 1 || asked > MOST_MINUTES)
    throw new RefusedError(EXIT.usage, `either --minutes, 1 to ${MOST_MINUTES}, or --undo`)
  return asked
}

export const maintenance: Command = {
  name: 'maintenance',
  words: 'POD',
  wordsAtLeast: 1,
  wordsAtMost: 1,
  summary: 'you work on the node or the volume of a provider: audits leave it in peace meanwhile',
  details: `Asks the operator, by the annotation ${MAINTENANCE_ANNOTATION} of the pool, to tell the trackers, and returns at once. It ends by itself. The
operator does the same for pods that it replaces and for those that are deleted or evicted: this is for a reboot, or work on a volume.
Only audits wait: a provider that is silent is suspect and lost as soon as ever, and its shards are rebuilt; so do not work on more
than one at a time. Needs the right to patch the pool.`,
  flags: [
    { name: 'minutes', value: 'N', help: `for how long from now, at most ${MOST_MINUTES}` },
    { name: 'undo', help: 'it is over' },
  ],
  async run(context) {
    const [name = ''] = context.words
    const minutes = readMinutes(context.flags)
    const observed = await observe(context.client, context)
    const { pool, peer } = findMember(observed, name)
    if (!auditsOf(observed).isOn)
      throw new RefusedError(
        EXIT.failure,
        'nothing is audited in this network, so that nothing is held against a provider that is worked on',
      )
    const untilMs = context.nowMs + minutes * MINUTE_MS
    const { namespace, name: poolName, resourceVersion } = pool.metadata
    const annotations = { [MAINTENANCE_ANNOTATION]: withMaintenance(maintenanceAskedOf(pool), { peer, untilMs }, context.nowMs) }
    await context.client.merge(LUNAR_KINDS.provider, { namespace, name: poolName }, { metadata: { annotations, resourceVersion } })
    const until = minutes === 0 ? null : new Date(untilMs).toISOString()
    if (context.isJson) printJson(context, { pool: poolName, pod: name, peer, maintenanceUntil: until })
    else context.print(until === null ? `${name} is audited again.\n` : `${name} is not audited until ${until}.\n`)
    return EXIT.ok
  },
}
