/** What one step of `npm run check` found. */
export interface Outcome {
  readonly ok: boolean
  readonly lines: readonly string[]
}
