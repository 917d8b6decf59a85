/**
 * How large the objects of the checker are: inside of rows, of one segment, around the border of two, of several. Copied into a pod
 * together with `checker-process.ts`, hence without imports of ours.
 *
 * @module
 */

/** Of one segment of the sample’s class, at most. */
export const SEGMENT_BYTES = 32 * 2 ** 20
/** These are kept inside of their rows: less than `inlineBytes` of a class, unless it says otherwise. */
export const INLINE_BYTES = 4096
/** There is room for the title of every version. */
export const LEAST_BYTES = 128

const MAX_OVERWRITTEN_BYTES = 3 * 2 ** 20
const NEAR_BYTES = 70_000
const INLINE_OBJECTS = 4

/** A whole number from 0 to less than `bound`. */
export type Below = (bound: number) => number

const inlineSize = (below: Below): number => LEAST_BYTES + below(INLINE_BYTES - LEAST_BYTES + 1)

/** Of objects that are overwritten: a third inside of rows, a few around the border of a segment, the others up to 3 MiB. */
export function sizeOverwritten(below: Below): number {
  const kind = below(60)
  if (kind === 0) return SEGMENT_BYTES - NEAR_BYTES + below(2 * NEAR_BYTES)
  return kind <= 20 ? inlineSize(below) : LEAST_BYTES + below(MAX_OVERWRITTEN_BYTES)
}

/**
 * Of objects that are written once, the largest first.
 *
 * @param isLong 100 MiB and more, and a byte less than a segment, one segment, and a byte more. Otherwise 24 MiB, and one of these
 */
export function sizesWrittenOnce(below: Below, isLong: boolean): number[] {
  const large = (isLong ? 100 : 24) * 2 ** 20 + below(2 ** 20)
  const beyondBorder = isLong ? [-1, 0, 1] : [below(3) - 1]
  const inRows = Array.from({ length: INLINE_OBJECTS }, () => inlineSize(below))
  return [large, ...beyondBorder.map((bytes) => SEGMENT_BYTES + bytes), ...inRows]
}
