/**
 * Reed–Solomon over GF(2^8), polynomial 0x11D, systematic Vandermonde: bit-identical to klauspost/reedsolomon, Backblaze, ISA-L.
 * Any `required` of `total` shards rebuild the others. Pure: sees ciphertext only. Does not check integrity: verify addresses first.
 *
 * @module
 */
export interface ErasureCode {
  /** k, 1..254 */
  readonly required: number
  /** n = k + m, at most 255 */
  readonly total: number
  /** From k data shards of equal length, the m parity shards. */
  encode(data: readonly Uint8Array[]): Uint8Array[]
  /**
   * The shards at `wanted`, from any k of the n.
   * @param shards by index; undefined where missing
   * @throws {LunarError} TOO_FEW_SHARDS
   */
  reconstruct(shards: readonly (Uint8Array | undefined)[], wanted: readonly number[]): Uint8Array[]
}

export interface ErasureEngine {
  /** Name for logs and benchmarks. */
  readonly name: string
  code(required: number, parity: number): ErasureCode
}
