/**
 * The only source of time. Simulated under a seed in `World`.
 *
 * @module
 */
export interface Clock {
  /** Milliseconds since 1970 UTC; may jump. For documents and logs. */
  now(): number
  /** Milliseconds since some start; never goes back. For intervals and time limits. */
  elapsed(): number
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}
