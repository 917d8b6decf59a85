/**
 * One of each list in turn, without repetition: who names many pushes out nobody whom others name.
 *
 * @module
 */
export function interleaved<T>(lists: readonly (readonly T[])[], limit: number, nameOf: (one: T) => string): T[] {
  const found = new Map<string, T>()
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  for (let i = 0; i < longest; i++)
    for (const list of lists) {
      const one = list[i]
      if (one === undefined || found.has(nameOf(one))) continue
      if (found.size >= limit) return [...found.values()]
      found.set(nameOf(one), one)
    }
  return [...found.values()]
}
