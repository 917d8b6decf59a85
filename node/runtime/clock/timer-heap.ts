/**
 * Timers in the order in which they fire: by time, and among equals in the order in which they were set.
 *
 * @module
 */
export interface Timer {
  readonly atMs: number
  readonly sequence: number
  /** Undefined once it fired or was cancelled. */
  callback: (() => void) | undefined
}

const isBefore = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence)

/** Binary min-heap. Cancelled timers stay until they reach the top. */
export class TimerHeap {
  readonly #timers: Timer[] = []

  push(timer: Timer): void {
    const timers = this.#timers
    let at = timers.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = timers[parent]
      if (!above || !isBefore(timer, above)) break
      timers[at] = above
      at = parent
    }
    timers[at] = timer
  }

  /** The timer that fires next, cancelled ones dropped. */
  peek(): Timer | undefined {
    let top = this.#timers[0]
    while (top && !top.callback) {
      this.#removeTop()
      top = this.#timers[0]
    }
    return top
  }

  pop(): Timer | undefined {
    const top = this.peek()
    if (top) this.#removeTop()
    return top
  }

  #removeTop(): void {
    const timers = this.#timers
    const last = timers.pop()
    if (!last || timers.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const right = timers[child + 1]
      const left = timers[child]
      if (!left) break
      let least = left
      if (right && isBefore(right, left)) {
        child++
        least = right
      }
      if (!isBefore(least, last)) break
      timers[at] = least
      at = child
    }
    timers[at] = last
  }
}
