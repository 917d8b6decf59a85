/**
 * Enough of the replicas, with no more questions than that takes: as many are asked as are needed, another for each that fails, and
 * all of them when the answers are slow to come.
 *
 * @module
 */
import type { EpochMember } from '@lunarx/core/epoch'
import { hasCode } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import type { RecentFailures } from '../failures.ts'
import type { Gathered } from './first-of.ts'

/** After so long without enough answers, nobody is spared. */
const PATIENCE_MS = 500

export interface QuorumInit<A> {
  /** Complete answers that are enough. */
  readonly needed: number
  /** @param isLeading true for the first, and for all that take the place of others */
  readonly ask: (member: EpochMember, isLeading: boolean) => Promise<A>
  readonly clock: Clock
  readonly failures: RecentFailures
}

/** Resolves with enough complete answers, or with fewer when nobody is left. Never rejects. */
export function quorumOf<A extends { readonly complete: boolean }>(
  members: readonly EpochMember[],
  init: QuorumInit<A>,
): Promise<Gathered<A>> {
  const { needed, ask, clock, failures } = init
  const gathered: Gathered<A> = { answers: [], failures: [] }
  let asked = 0
  let ended = 0
  return new Promise((resolve) => {
    const askNext = (isLeading: boolean): void => {
      const member = members[asked]
      if (!member) return
      asked++
      ask(member, isLeading).then(
        (answer) => {
          failures.answered(member.address)
          if (answer.complete) gathered.answers.push(answer)
          look(answer.complete)
        },
        (error: unknown) => {
          if (hasCode(error, 'PEER_UNREACHABLE', 'TIMEOUT', 'INTERRUPTED')) failures.failed(member.address)
          gathered.failures.push(error)
          look(false)
        },
      )
    }
    const look = (isComplete: boolean): void => {
      ended++
      if (!isComplete) askNext(true)
      endIfDone()
    }
    const endIfDone = (): void => {
      if (gathered.answers.length < needed && ended < asked) return
      cancel()
      resolve({ answers: [...gathered.answers], failures: [...gathered.failures] })
    }
    const cancel = clock.after(PATIENCE_MS, () => {
      while (asked < members.length) askNext(true)
    })
    for (let i = 0; i < needed; i++) askNext(i === 0)
    endIfDone() // there may be nobody to ask
  })
}

/** From a member drawn by chance on, so that each leads as often; those that have just failed last. */
export function inTurn(members: readonly EpochMember[], failures: RecentFailures, random: Random): EpochMember[] {
  const from = Math.floor(random.uniform() * members.length)
  const turned = [...members.slice(from), ...members.slice(0, from)]
  return turned.toSorted((a, b) => Number(failures.hasFailed(a.address)) - Number(failures.hasFailed(b.address)))
}
