/**
 * The transcripts and convictions that trackers keep, put together from what each says. Pure.
 *
 * @module
 */
import type { Heard } from './ask-trackers.ts'
import { table } from './page.ts'
import { failureText } from './ask-trackers.ts'

export interface KeptTranscript {
  readonly id: string
  /** The provider that was asked; of a conviction the tracker whose ticket it was. */
  readonly peer: string
  /** Of `peer`; null: none of the network's pods is this peer, or its tracker did not answer. */
  readonly pod: string | null
  /** `convicted`: of a ticket. */
  readonly verdict: string
  /** Of a conviction: `leaf` or `opening`. */
  readonly cause?: string
  /** When it was kept first, by the clock of who keeps it. */
  readonly time: string
  /** Pods of trackers that keep it. */
  readonly trackers: readonly string[]
}

type Listed = Heard<'listTranscripts'>
type Head = Omit<KeptTranscript, 'pod' | 'time' | 'trackers'> & { readonly keptMs: number; readonly tracker: string }

const headsOf = ({ pod, answer: { transcripts, convictions = [] } }: Listed['answers'][number]): Head[] => [
  ...transcripts.map(({ id, provider, verdict, keptMs }) => ({ id, peer: provider, verdict, keptMs, tracker: pod })),
  ...convictions.map(({ id, tracker: peer, cause, keptMs }) => ({ id, peer, verdict: 'convicted', cause, keptMs, tracker: pod })),
]

/**
 * Newest first, each once.
 * @param providers peer → pod
 * @param nowMs none is dated later, whatever the clock of a tracker says
 */
export function keptBy({ answers }: Listed, providers: ReadonlyMap<string, string>, nowMs: number): KeptTranscript[] {
  const podOf = new Map([...providers, ...answers.map(({ tracker, pod }) => [tracker, pod] as const)])
  const byId = Map.groupBy(answers.flatMap(headsOf), ({ id }) => id)
  return [...byId.values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [mergedOf(first, others)]))
    .toSorted((a, b) => b.keptMs - a.keptMs)
    .map(({ keptMs, peer, ...rest }) => ({
      ...rest,
      peer,
      pod: podOf.get(peer) ?? null,
      time: new Date(Math.min(keptMs, nowMs)).toISOString(),
    }))
}

function mergedOf({ tracker, ...first }: Head, others: readonly Head[]) {
  const keptMs = Math.min(first.keptMs, ...others.map((other) => other.keptMs))
  return { ...first, keptMs, trackers: [tracker, ...others.map((other) => other.tracker)] }
}

const isProof = ({ verdict }: KeptTranscript): boolean => verdict === 'proved'

/** The newest that is to its harm; where there is none, the newest proof. */
export const newestAbout = (kept: readonly KeptTranscript[], peer: string): KeptTranscript | undefined => {
  const about = kept.filter((one) => one.peer === peer)
  return about.find((one) => !isProof(one)) ?? about[0]
}

/** Of each part of the page. */
const SHOWN = 50

function part(title: string, kept: readonly KeptTranscript[]): string[] {
  if (kept.length === 0) return []
  const rows = kept
    .slice(0, SHOWN)
    .map(({ time, pod, peer, verdict, cause, trackers, id }) => [
      time,
      pod ?? peer,
      cause === undefined ? verdict : `${verdict} (${cause})`,
      trackers.join(','),
      id,
    ])
  const more = kept.length > SHOWN ? [`… and ${kept.length - SHOWN} older ones (-o json has all)`] : []
  return ['', title, ...table([['KEPT', 'ABOUT', 'VERDICT', 'TRACKERS', 'ID'], ...rows]), ...more]
}

export function keptPage(kept: readonly KeptTranscript[], { answers, failures }: Listed): string {
  const harmful = kept.filter((one) => !isProof(one))
  const proofs = kept.filter(isProof)
  const lines = [
    `${harmful.length} transcripts and convictions to somebody's harm, ${proofs.length} proofs, kept by ${answers.length} trackers.`,
    ...failures.map((failure) => `Not answered: ${failureText(failure)}`),
    ...part("To somebody's harm:", harmful),
    ...part('Proofs, of which few are kept:', proofs),
    ...(kept.length === 0 ? [] : ['', 'One of them, for lunarx verify: kubectl lunarx transcript ID FILE']),
  ]
  return `${lines.join('\n')}\n`
}
