/**
 * Damage, for tests that must see it noticed.
 *
 * @module
 */

/** A copy of which one bit of the byte at `at` is flipped. */
export function flipped(bytes: Uint8Array | undefined, at: number): Uint8Array {
  if (!bytes || at >= bytes.length) throw new RangeError(`no byte ${at} to flip`)
  return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
}
