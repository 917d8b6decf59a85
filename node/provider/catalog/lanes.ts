/**
 * Work over a list, a few at a time.
 *
 * @module
 */

/** @throws what `work` throws first; what others have begun ends before */
export async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: Math.min(lanes, items.length) }, async () => {
      for (const item of rest) await work(item)
    }),
  )
}
