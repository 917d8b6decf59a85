/**
 * What audits have found, as values and as a page. The first line is the answer. Pure.
 *
 * @module
 */
import type { LunarNetworkStatus, ProviderStatus } from '../api/index.ts'
import { auditsAskedOf } from '../controllers/index.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Observed } from './observe.ts'
import { table } from './page.ts'

type MemberAudit = NonNullable<NonNullable<ProviderStatus['members']>[number]['audit']>

export interface AuditedProvider {
  readonly pod: string
  readonly pool: string
  readonly peer: string
  /** null: no tracker has said anything of it yet. */
  readonly found: MemberAudit | null
  /** An order to audit it that is not over yet. */
  readonly isOrdered: boolean
}

export interface Audits {
  readonly namespace: string
  readonly network: string
  readonly isOn: boolean
  readonly promise: { readonly lostPerMille?: number; readonly foundPercent?: number; readonly withinHours?: number }
  /** null: no tracker has said anything yet. */
  readonly found: LunarNetworkStatus['audit'] | null
  readonly providers: readonly AuditedProvider[]
  readonly transcripts: NonNullable<LunarNetworkStatus['transcripts']>
}

export function auditsOf({ network, providers }: Observed): Audits {
  const { enabled = false, ...promise } = (network.spec['audit'] ?? {}) as Audits['promise'] & { readonly enabled?: boolean }
  return {
    namespace: network.metadata.namespace ?? 'default',
    network: network.metadata.name,
    isOn: enabled,
    promise,
    found: network.status?.audit ?? null,
    providers: providers.flatMap((pool) =>
      (pool.status?.members ?? []).map(({ name, peer, audit }) => ({
        pod: name,
        pool: pool.metadata.name,
        peer,
        found: audit ?? null,
        isOrdered: auditsAskedOf(pool).some((asked) => asked.peer === peer && asked.id !== audit?.order?.id),
      })),
    ),
    transcripts: network.status?.transcripts ?? [],
  }
}

/** Its shards go elsewhere, or are to. */
const isDistrusted = ({ found }: AuditedProvider): boolean => found?.standing === 'suspended' || found?.standing === 'expelled'

export const auditExit = ({ isOn, found, providers }: Audits): ExitCode =>
  isOn && ((found?.missing ?? 0) > 0 || providers.some(isDistrusted)) ? EXIT.degraded : EXIT.ok

function headline({ isOn, found, providers }: Audits): string {
  if (!isOn) return 'OFF: nothing is audited (spec.audit.enabled of the network).'
  if (found === null) return 'UNKNOWN: no tracker has said anything about audits yet.'
  const distrusted = providers.filter(isDistrusted).map(({ pod }) => pod)
  if (distrusted.length > 0) return `FOUND: ${distrusted.join(', ')} lost more than disks do; what they hold is rebuilt elsewhere.`
  if ((found?.missing ?? 0) > 0) return `SILENT: ${found?.missing} shards count as missing, for nobody gets an answer about them.`
  const behind = providers.filter((one) => one.found?.standing !== 'maintenance' && one.found?.coverage !== 'Full')
  return behind.length === 0
    ? 'AUDITED: every provider has proved as much as the promise asks for, and nothing counts against anyone.'
    : `UNDER WAY: nothing counts against anyone; ${behind.length} of ${providers.length} providers have not proved yet what the promise asks for.`
}

function figures({ promise, found }: Audits): string[] {
  if (!found) return []
  const { lostPerMille = 0, foundPercent = 0, withinHours = 0 } = promise
  const {
    proved = 0,
    disproved = 0,
    lost = 0,
    silent = 0,
    contained = 0,
    missing = 0,
    coveredPercent = 0,
    sweptPercent = 0,
    convictions = 0,
  } = found
  return [
    `Promise: a loss of ${lostPerMille / 10} % is found within ${withinHours} h with ${foundPercent} %. Least covered: ${coveredPercent} %.`,
    `Leaves:  ${proved} proved, ${disproved} disproved, ${lost} lost, ${silent} silent (since the trackers started).`,
    `Silence: ${contained} shards are looked into, ${missing} count as missing.`,
    `Sweep:   ${sweptPercent} % of the present round was asked.`,
    ...(convictions > 0 ? [`Tickets: ${convictions} convicted: a tracker or an owner was wrong, no provider. Whose: lunarx status.`] : []),
    '',
  ]
}

const columnsOf = ({ pod, found, isOrdered }: AuditedProvider): string[] => [
  pod,
  found?.standing ?? 'unknown',
  found?.coverage ?? 'None',
  String(found?.disproved ?? 0),
  String(found?.lost ?? 0),
  isOrdered ? 'audit ordered' : (found?.reason ?? ''),
]

const transcriptLines = (audits: Audits): string[] => {
  const podOf = new Map(audits.providers.map(({ peer, pod }) => [peer, pod]))
  return audits.transcripts.map(({ id, peer, verdict, time }) => `  ${time} ${podOf.get(peer) ?? peer} ${verdict}: ${id}`)
}

export function auditPage(audits: Audits): string {
  const { namespace, network, isOn, providers } = audits
  const transcripts = transcriptLines(audits)
  const lines = [
    headline(audits),
    `Network ${network} in namespace ${namespace}.`,
    ...(isOn
      ? [
          '',
          ...figures(audits),
          ...table([['POD', 'STANDING', 'COVERAGE', 'DISPROVED', 'LOST', 'REASON'], ...providers.map(columnsOf)]),
          ...(transcripts.length === 0 ? [] : ['', "Newest transcripts to somebody's harm:", ...transcripts]),
        ]
      : []),
  ]
  return `${lines.join('\n')}\n`
}

function orderLine({ found, isOrdered }: AuditedProvider): string {
  if (isOrdered) return 'On order: an audit is under way, or waits for its turn.'
  const order = found?.order
  if (order === undefined) return 'On order: never (--now orders one).'
  const { proved, disproved, lost, silent, time } = order
  const asked = proved + disproved + lost + silent
  return asked === 0
    ? `On order: nothing was asked; it holds nothing, is silent, or is in maintenance (${time}).`
    : `On order: of ${asked} leaves ${proved} proved, ${disproved} disproved, ${lost} lost, ${silent} silent (${time}).`
}

/** One provider in detail. */
export function providerPage(audits: Audits, one: AuditedProvider): string {
  const { found, pod, peer } = one
  const own = { ...audits, transcripts: audits.transcripts.filter((transcript) => transcript.peer === peer) }
  const transcripts = transcriptLines(own)
  const lines = [
    `${pod} (${peer}): ${found === null ? 'no tracker has said anything of it yet' : found.standing}.`,
    ...(found?.reason === undefined ? [] : [`Reason: ${found.reason}`]),
    `Coverage: ${found?.coverage ?? 'None'} of what the promise asks for. Disproved: ${found?.disproved ?? 0}, lost: ${found?.lost ?? 0}.`,
    orderLine(one),
    ...(transcripts.length === 0 ? [] : ['Newest transcripts to its harm:', ...transcripts]),
  ]
  return `${lines.join('\n')}\n`
}
