/**
 * The only source of chance. `bytes` is cryptographically secure in pods and seeded in `World`.
 *
 * @module
 */
export interface Random {
  bytes(length: number): Uint8Array
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform integer in [0, bound). */
  below(bound: number): number
  /** Exponential with this mean: waiting times of a memoryless process (paper P7). */
  exponential(mean: number): number
}
