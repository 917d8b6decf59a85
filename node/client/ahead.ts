/**
 * Pulls one item ahead of its consumer: while segment i is stored (or read by the caller), segment i + 1 is sealed (or retrieved).
 * Never more than that, so that two segments are in memory at most.
 *
 * @module
 */

/**
 * @param produce gets a signal that is aborted when the consumer stops early, so that the item under way is given up
 * @param drop gets the item that was made and that the consumer will not see; what it saw is its own
 */
export async function* ahead<T>(
  produce: (signal: AbortSignal) => AsyncGenerator<T, void>,
  outer: AbortSignal,
  drop: (item: T) => void = () => undefined,
): AsyncGenerator<T, void> {
  const stop = new AbortController()
  const items = produce(AbortSignal.any([outer, stop.signal]))
  const pull = (): Promise<IteratorResult<T, void>> => {
    const next = items.next()
    next.catch(() => undefined) // looked at when its turn comes; until then it is not unhandled
    return next
  }
  let next = pull()
  try {
    for (;;) {
      const { done, value } = await next
      if (done) return
      next = pull()
      yield value
    }
  } finally {
    stop.abort()
    const unseen = await next.catch(() => undefined)
    if (unseen && !unseen.done) drop(unseen.value)
    await items.return()
  }
}
