/**
 * What was proved, as metrics.
 *
 * @module
 */
import type { LeafAnswer } from '@lunarx/core/audit'
import type { Metrics } from '@lunarx/runtime/metrics'

export interface ProveCounts {
  readonly leaf: (given: NonNullable<LeafAnswer['proof']> | undefined) => void
  readonly sweep: (codes: readonly (Uint8Array | undefined)[]) => void
}

export function countProofs(metrics: Metrics): ProveCounts {
  const leaves = metrics.counter('lunarx_prove_leaves_total', 'Leaves that verifiers asked for: given or absent', ['outcome'])
  const bytes = metrics.counter('lunarx_prove_bytes_total', 'Bytes of leaves and digests given to verifiers, paths included')
  const watermarks = metrics.counter('lunarx_prove_watermarks_total', 'Watermarks that sweeps asked for: given or absent', ['outcome'])
  return {
    leaf: (given) => {
      leaves.add(1, { outcome: given ? 'given' : 'absent' })
      if (given) bytes.add(given.bytes.length + given.path.reduce((sum, hash) => sum + hash.length, 0))
    },
    sweep: (codes) => {
      const given = codes.filter((code) => code !== undefined).length
      if (given > 0) watermarks.add(given, { outcome: 'given' })
      if (given < codes.length) watermarks.add(codes.length - given, { outcome: 'absent' })
      bytes.add(32)
    },
  }
}
