/**
 * Lists whose index is known to be inside: the compiler cannot know, the caller must.
 *
 * @module
 */

/** `list[index]`. @throws {RangeError} a programmer error: there is no such item */
export function itemAt<T>(list: ArrayLike<T>, index: number): T {
  if (!Number.isInteger(index) || index < 0 || index >= list.length) throw new RangeError(`no item ${index} in a list of ${list.length}`)
  return list[index] as T
}
