/**
 * Asks trackers what every member of their network may ask, from inside their own pods (`lunarx admin`): a person at a terminal has no credential
 * of the network. Answers are checked against their schema, for a tracker may say anything.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { Limit } from '@lunarx/runtime/tasks'
import { EVIDENCE_TEXT, ownAnswer, type OpenRequest, type OwnAnswer } from '@lunarx/wire'
import { CONFIG_FOLDER, podNames } from '../controllers/index.ts'
import type { ExecInPod } from './exec.ts'
import { EXIT, RefusedError } from './exit-codes.ts'
import { isReady, podsWanted, type Observed } from './observe.ts'

export type TrackerRequest = Extract<OpenRequest, 'listTranscripts' | 'readTranscript' | 'readBeacon'>

/** Of an answer: 1,088 transcripts and 1,000 convictions at most in the list, one piece of evidence in the others. */
const MAX_BYTES: Readonly<Record<TrackerRequest, number>> = {
  listTranscripts: 4 * 2 ** 20,
  readTranscript: EVIDENCE_TEXT + 4_096,
  readBeacon: EVIDENCE_TEXT + 4_096,
}
/** The start of a program in the pod included, on a busy node. */
const TIMEOUT_MS = 20_000
const AT_ONCE = 8

export interface AskingTrackers {
  readonly exec: ExecInPod
  readonly namespace: string
}

/** Pods of trackers, those that are to be there and are not included; ready ones first. Pure. */
export function trackerPods({ trackers, pods }: Pick<Observed, 'trackers' | 'pods'>): string[] {
  const there = pods.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'tracker')
  const wanted = trackers.flatMap((tracker) => podNames(tracker.metadata.name, podsWanted(tracker)))
  const ready = there.filter(isReady).map(({ metadata }) => metadata.name)
  const names = there.map(({ metadata }) => metadata.name)
  return [...new Set([...ready.toSorted(), ...[...names, ...wanted].toSorted()])]
}

/** @throws {LunarError} what running it threw; BAD_MESSAGE: it is no answer to this */
export async function askTracker<K extends TrackerRequest>(
  { exec, namespace }: AskingTrackers,
  pod: string,
  name: K,
  body: object = {},
): Promise<OwnAnswer<K>> {
  const command = ['lunarx', 'admin', name, JSON.stringify(body), '--config', `${CONFIG_FOLDER}/run.json`]
  const text = await exec({ namespace, pod, container: 'tracker', command }, { maxBytes: MAX_BYTES[name], timeoutMs: TIMEOUT_MS })
  const answer = ownAnswer(name).safeParse(jsonOf(text))
  if (!answer.success) throw new LunarError('BAD_MESSAGE', `what ${pod} answers is no answer to ${name}`, { cause: answer.error })
  return answer.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export interface Failure {
  readonly pod: string
  readonly code: string
  readonly reason: string
}

/** @throws what is no failure of this one tracker */
export function failureOf(pod: string, error: unknown): Failure {
  if (!(error instanceof LunarError) || error.code === 'BAD_CONFIG') throw error
  return { pod, code: error.code, reason: error.message }
}

export const failureText = ({ pod, code, reason }: Failure): string => `${pod}: ${code}: ${reason}`

export interface Heard<K extends TrackerRequest> {
  readonly answers: readonly (OwnAnswer<K> & { readonly pod: string })[]
  readonly failures: readonly Failure[]
}

/**
 * All of them, in the order of their names.
 * @throws {RefusedError} there is none. {LunarError} PEER_UNREACHABLE: none answers
 */
export async function askAllTrackers<K extends TrackerRequest>(asking: AskingTrackers, observed: Observed, name: K): Promise<Heard<K>> {
  const pods = someOf(trackerPods(observed)).toSorted()
  const limit = new Limit({ concurrent: AT_ONCE, queued: pods.length })
  const heard = await Promise.all(
    pods.map((pod) =>
      limit
        .run(() => askTracker(asking, pod, name))
        .then((answer) => ({ pod, ...answer }))
        .catch((error: unknown) => failureOf(pod, error)),
    ),
  )
  const failures = heard.filter((one) => 'reason' in one)
  const answers = heard.filter((one) => 'answer' in one)
  if (answers.length === 0) throw new LunarError('PEER_UNREACHABLE', `no tracker answers. ${failures.map(failureText).join('; ')}`)
  return { answers, failures }
}

/**
 * One after another, until `pick` takes an answer: one that is ready is asked before one that may be away.
 * @param pick undefined: not this one. {LunarError} that it throws: what this tracker gives is not to be used
 * @param what is looked for, for the errors
 * @throws {RefusedError} there is no tracker. {LunarError} TRANSCRIPT_NOT_FOUND: none has it; PEER_UNREACHABLE: some could not be asked
 */
export async function firstOfTrackers<K extends TrackerRequest, T>(
  asking: AskingTrackers,
  observed: Observed,
  { name, body, what, pick }: { name: K; body: object; what: string; pick: (answer: OwnAnswer<K>['answer'], pod: string) => T | undefined },
): Promise<T> {
  const failures: Failure[] = []
  for (const pod of someOf(trackerPods(observed))) {
    try {
      const found = pick((await askTracker(asking, pod, name, body)).answer, pod)
      if (found !== undefined) return found
    } catch (error) {
      failures.push(failureOf(pod, error))
    }
  }
  throw lacking(what, failures)
}

/** That nobody has it is known only where everybody was asked. */
export const lacking = (what: string, failures: readonly Failure[]): LunarError =>
  failures.length === 0
    ? new LunarError('TRANSCRIPT_NOT_FOUND', `no tracker has ${what}`)
    : new LunarError('PEER_UNREACHABLE', `no tracker that answers has ${what}. Not answered: ${failures.map(failureText).join('; ')}`)

function someOf(pods: readonly string[]): readonly string[] {
  if (pods.length === 0) throw new RefusedError(EXIT.failure, 'this network has no trackers')
  return pods
}
