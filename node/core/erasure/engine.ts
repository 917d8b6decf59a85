/**
 * Reed–Solomon over GF(2^8), polynomial 0x11D, systematic Vandermonde: bit-identical to klauspost/reedsolomon, Backblaze, ISA-L.
 * Any `required` of `total` shards rebuild the others. Pure: sees ciphertext only. `encode` and `reconstruct` do not check integrity:
 * verify addresses first, or use `correct`.
 *
 * The code works column by column: byte `i` of every shard depends on the bytes `i` of the others and on nothing else. So wherever
 * shards are taken here, **equal ranges** of them (the same offset and length in each) do as well, and give that range of the result.
 *
 * @module
 */
export interface ErasureCode {
  /** k, 1..254 */
  readonly required: number
  /** n = k + m, at most 255 */
  readonly total: number
  /** From k data shards of equal length, the m parity shards, newly allocated. */
  encode(data: readonly Uint8Array[]): Uint8Array[]
  /**
   * Computes the last m of n equally long shards from the first k, in place. Without a copy when all are of one
   * {@link ErasureEngine.buffers}, whole or equal ranges; otherwise slice by slice through a scratch memory of the engine.
   */
  encodeInto(shards: readonly Uint8Array[]): void
  /**
   * The shards at `wanted`, from any k of the n; those that are there are given as they are.
   * @param shards by index; undefined where missing; whole or equal ranges
   * @param into where to put the shards that have to be computed, one for each of `wanted`, as long as a shard; other than that
   * newly allocated. No copy is made when `shards` and `into` are of one {@link ErasureEngine.buffers}
   * @throws {LunarError} TOO_FEW_SHARDS
   */
  reconstruct(shards: readonly (Uint8Array | undefined)[], wanted: readonly number[], into?: readonly Uint8Array[]): Uint8Array[]
  /**
   * The k data shards where up to ⌊(found − k) / 2⌋ of the found shards are wrong, and nobody knows which. The bound holds for each
   * column: shards may be wrong in different places. With k found shards nothing can be checked, with k + 1 errors are found but not
   * corrected.
   * @param shards by index; undefined where missing; left as they are
   * @throws {LunarError} TOO_FEW_SHARDS; TOO_MANY_WRONG_SHARDS when a column is further from every code word than the bound: more
   * wrong shards than that can also look like fewer others, as in every code
   */
  correct(shards: readonly (Uint8Array | undefined)[]): Corrected
}

export interface Corrected {
  /** The k data shards: as given where they were right, newly allocated where they were missing or wrong. */
  readonly shards: Uint8Array[]
  /** Indices of found shards, data or parity, with at least one wrong byte; ascending. */
  readonly wrong: number[]
}

/** Buffers of equal size that belong to whoever asked for them, until disposed. Views must not be used after that: they are reused. */
export interface ShardBuffers extends Disposable {
  readonly shards: readonly Uint8Array[]
}

export interface ErasureEngine {
  /** Name for logs and benchmarks. */
  readonly name: string
  /** @throws {RangeError} unless `required` ≥ 1, `parity` ≥ 1 and their sum is at most 255 */
  code(required: number, parity: number): ErasureCode
  /**
   * `count` zeroed buffers of `sizeBytes` in the engine's own memory, for sockets, files, hashes and ciphers to read and write
   * directly. They never move and never detach.
   * @param count 1..255
   * @param sizeBytes at least 1; all together at most {@link MOST_BUFFER_BYTES}
   * @throws {RangeError} beyond these limits
   */
  buffers(count: number, sizeBytes: number): ShardBuffers
}

/** Of one call of {@link ErasureEngine.buffers}: four of the largest sets, so that whole sets always fit. */
export const MOST_BUFFER_BYTES = 512 * 1024 * 1024
