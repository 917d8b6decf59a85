/**
 * The condition `RowsLacking` of a network: at which providers rows stay missing, whether they still host rows, and when they will again.
 * Pure. A network that is not audited has none.
 *
 * @module
 */
import type { LackersStay } from '@lunarx/core/epoch'
import type { LunarNetworkSpec } from '../api/index.ts'
import type { RowLacker, RowLackers } from '../healing/index.ts'
import type { Statement } from '../kube/index.ts'

/** Providers that are named; the others are counted. */
const NAMED = 3
const HOUR_MS = 3_600_000
/** Beyond it there are no dates: a tracker may say what it likes. */
const LAST_DATE_MS = 8.64e15

/** What becomes of them, of which a person must know first. */
interface Outcome {
  readonly reason: string
  readonly message: string
}

const STAYING: Readonly<Record<LackersStay, Outcome>> = {
  'too-many': {
    reason: 'TooManyAtOnce',
    message: 'That is half of all that host rows, or more, so that it is rather the audits that are wrong: none is left out.',
  },
  'member-away': { reason: 'MemberAway', message: 'They go on hosting rows while another provider that does is away.' },
  'too-few-domains': {
    reason: 'TooFewRowDomains',
    message: 'They go on hosting rows: without them there would be too few failure domains.',
  },
}
const LEAVING: Outcome = {
  reason: 'LeavingOut',
  message: 'The next epoch leaves one failure domain of them out: its partitions are handed to others.',
}
const LEFT_OUT: Outcome = { reason: 'LeftOut', message: 'Their partitions lie with others.' }

const hoursOf = (ms: number): string => `${Math.round(ms / HOUR_MS)} h`
const minuteOf = (ms: number): string => `${new Date(Math.min(ms, LAST_DATE_MS)).toISOString().slice(0, 16)}Z`

/** Rounded to hours: each change of the message is a write. */
function sentence({ name, peer, isMember, trackers, sinceMs = 0, provedForMs, provingMs }: RowLacker): string {
  const found = `${name} (${peer}) lacks rows that others hold, as ${trackers} trackers found since ${minuteOf(sinceMs)}`
  if (isMember) return `${found}.`
  return `${found}: it hosts none until it has proved them for ${hoursOf(provingMs)}, of which ${hoursOf(provedForMs)} are over.`
}

interface Seen {
  readonly spec: LunarNetworkSpec | undefined
  readonly rowLackers: RowLackers | undefined
}

export function rowsLacking({ spec, rowLackers }: Seen): Statement[] {
  const say = (status: Statement['status'], reason: string, message: string): Statement[] => [
    { type: 'RowsLacking', status, reason, message },
  ]
  if (spec?.audit.enabled !== true) return []
  if (rowLackers === undefined) return say('Unknown', 'NotAudited', 'No tracker that audits has answered yet.')
  const { lackers, stay } = rowLackers
  if (lackers.length === 0) return say('False', 'AllHeld', 'No provider is known to lack rows that others hold.')
  const named = lackers.toSorted((a, b) => Number(b.isMember) - Number(a.isMember)).slice(0, NAMED)
  const more = lackers.length > NAMED ? [`And ${lackers.length - NAMED} more.`] : []
  const outcome = stay ? STAYING[stay] : lackers.some(({ isMember }) => isMember) ? LEAVING : LEFT_OUT
  return say('True', outcome.reason, [...named.map(sentence), ...more, outcome.message].join(' '))
}
