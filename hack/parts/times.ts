/**
 * When parts ran, and beside what: where the time of a run went.
 *
 * @module
 */
export interface Span {
  readonly part: string
  /** Since the start of the run. Milliseconds. */
  readonly beganMs: number
  readonly endedMs: number
}

/** Minutes and seconds. */
export function clockTime(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** A line for each part, the first that began first. */
export function tellTimes(spans: readonly Span[]): string[] {
  const inOrder = spans.toSorted((a, b) => a.beganMs - b.beganMs)
  return inOrder.map((span) => {
    const beside = inOrder.filter((other) => other !== span && other.beganMs < span.endedMs && span.beganMs < other.endedMs)
    const told = beside.length > 0 ? ` beside ${beside.map(({ part }) => part).join(', ')}` : ''
    return `${clockTime(span.beganMs).padStart(6)} – ${clockTime(span.endedMs).padStart(6)}  ${span.part}${told}`
  })
}
