/**
 * The fastest `need` of many: as many are asked at first, one more for each that fails or is late. When enough have answered, the
 * others are cut at once. Nobody is asked twice, so that the load is at most one question for every candidate.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'

/** Time must pass between two looks: by a rounding of the clock somebody may be just short of late, and would be for ever. */
const MIN_WAIT_MS = 1

export interface FastestDeps {
  readonly clock: Clock
  /** When somebody who is still answering counts as late, asked again after every answer. Milliseconds since the question. */
  readonly lateMs: () => number
}

interface Running {
  readonly sinceMs: number
  isLate: boolean
}

export interface Fastest<T> {
  /** In order of arrival; fewer than `need` when all others failed. */
  readonly won: ReadonlyMap<number, T>
  /** Cut while late: better asked last next time. */
  readonly laggards: readonly number[]
}

/**
 * @param candidates best first
 * @param attempt resolves with undefined when it fails; what it rejects with ends all
 * @throws the signal's reason; what an attempt threw
 */
export function fastest<T>(
  candidates: readonly number[],
  need: number,
  attempt: (candidate: number, signal: AbortSignal) => Promise<T | undefined>,
  { clock, lateMs }: FastestDeps,
  signal: AbortSignal,
): Promise<Fastest<T>> {
  const cut = new AbortController()
  const inner = AbortSignal.any([signal, cut.signal])
  const won = new Map<number, T>()
  const running = new Map<number, Running>()
  let next = 0
  let cancelCheck = (): void => undefined
  const { promise, resolve, reject } = Promise.withResolvers<Fastest<T>>()

  const end = (settle: () => void): void => {
    cancelCheck()
    signal.removeEventListener('abort', onAbort)
    settle()
    cut.abort()
  }
  const onAbort = (): void => end(() => reject(signal.reason))
  const inTime = (): number => [...running.values()].filter(({ isLate }) => !isLate).length

  const advance = (): void => {
    if (cut.signal.aborted) return
    while (won.size + inTime() < need && next < candidates.length) start(candidates[next++])
    if (won.size >= need || running.size === 0) {
      const laggards = [...running].flatMap(([candidate, { isLate }]) => (isLate ? [candidate] : []))
      end(() => resolve({ won, laggards }))
    } else check()
  }
  /** Looks again when the first of them would be late. */
  const check = (): void => {
    cancelCheck()
    const waiting = [...running.values()].filter(({ isLate }) => !isLate)
    if (waiting.length === 0 || next === candidates.length) return
    const oldestMs = Math.min(...waiting.map(({ sinceMs }) => sinceMs))
    cancelCheck = clock.after(Math.max(MIN_WAIT_MS, oldestMs + lateMs() - clock.elapsed()), () => {
      const limitMs = lateMs()
      for (const one of waiting) if (clock.elapsed() - one.sinceMs >= limitMs) one.isLate = true
      advance()
    })
  }
  const start = (candidate: number | undefined): void => {
    if (candidate === undefined) return
    running.set(candidate, { sinceMs: clock.elapsed(), isLate: false })
    attempt(candidate, inner).then(
      (value) => {
        if (cut.signal.aborted) return
        running.delete(candidate)
        if (value !== undefined) won.set(candidate, value)
        advance()
      },
      (error: unknown) => {
        if (!cut.signal.aborted) end(() => reject(error))
      },
    )
  }

  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  else advance()
  return promise
}
