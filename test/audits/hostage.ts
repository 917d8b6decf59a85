/**
 * A provider that answers audits and refuses its owner: the owner has every leaf asked, and has its shard.
 *
 * @module
 */
import { address } from '@lunarx/core/merkle'
import { concatBytes, equalBytes, itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../vectors/stream.ts'
import { honest } from './behaviour.ts'
import type { Attack } from './measure.ts'
import { findingOf, VERIFIERS } from './papers.ts'
import type { HeldShard } from './shards.ts'

export function rebuildFromHostage(shards: readonly HeldShard[]): Attack {
  const leaves = shards.reduce((sum, { leafHashes }) => sum + leafHashes.length, 0)
  const rebuilt = shards.filter(isRebuilt).length
  return {
    attack: 'refuses its owner, answers audits',
    paper: 'hostage',
    counted: 'shards that the owner rebuilds from answers, bit for bit',
    formula: '1, with as many questions as leaves',
    expected: 1,
    measured: rebuilt / shards.length,
    trials: shards.length,
    note: `${leaves} answers`,
  }
}

function isRebuilt(shard: HeldShard, at: number): boolean {
  const leaves: Uint8Array[] = []
  for (let leaf = 0; leaf < shard.leafHashes.length; leaf++) {
    const said = honest({ shard, at, leaf })
    const question = { shard, leaf, round: 0, sequence: leaf, askedFor: 'rebuild' as const, value: stream('beacon', 32), atMs: 0 }
    const finding = findingOf(question, said, VERIFIERS.slice(0, 3), 'proved')
    if (finding.kind === 'valid' && finding.verdict === 'proved' && said?.proof) leaves.push(said.proof.bytes)
  }
  return equalBytes(address(concatBytes(...leaves), crypto), itemAt(shard.record.addresses, shard.index))
}
