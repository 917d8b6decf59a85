/**
 * Memory that sockets receive into: slabs of one size, kept for the next connection when nobody uses them any more.
 *
 * Why: a fresh buffer for every 16 KiB record costs as much CPU as taking it out of TLS. Memory that has been used a moment ago is
 * still in the processor's cache, and the garbage collector never hears of it.
 *
 * @module
 */

/** A body is handed on in pieces of about this size. */
export const SLAB_BYTES = 128 * 1024
/** Kept for later; more are left to the garbage collector. 8 MiB. */
const MAX_SPARE = 64

const spare: Uint8Array[] = []

/** Its bytes are anybody's: nothing may be read that was not written before. */
export const takeSlab = (): Uint8Array => spare.pop() ?? unclearedMemory(SLAB_BYTES)

/** No Buffer: `slice` of a Buffer, or of a part of it, is no copy. */
export const unclearedMemory = (bytes: number): Uint8Array => plainBytes(Buffer.allocUnsafeSlow(bytes))

export const plainBytes = ({ buffer, byteOffset, length }: Uint8Array): Uint8Array => new Uint8Array(buffer, byteOffset, length)

/** Nobody reads or writes it from now on. */
export function giveSlab(slab: Uint8Array): void {
  if (spare.length < MAX_SPARE) spare.push(slab)
}
