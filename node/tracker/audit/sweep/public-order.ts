/**
 * What the order of a round of the sweep follows from: something that everybody can know, so that what was asked when can be checked.
 *
 * @module
 */
import { beaconRoundAt } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { utf8 } from '@lunarx/core/model'
import { TRACKER_LIMITS } from '../../limits.ts'

const WITHOUT_BEACON = utf8('lunarx/sweep-without-beacon/1\0')

export interface PublicOrderDeps {
  readonly network: string
  readonly crypto: CryptoEngine
  readonly beaconValue: (round: number) => Uint8Array | undefined
}

/**
 * The beacon's value at the start of the round, or the newest before it that is known here. A network in which there never was one has an
 * order that can be foreseen: the places that are asked cannot.
 */
export function publicOrder(startMs: number, { network, crypto, beaconValue }: PublicOrderDeps): Uint8Array {
  const first = beaconRoundAt(startMs)
  for (let round = first; round >= Math.max(0, first - TRACKER_LIMITS.audit.beaconRounds); round--) {
    const value = beaconValue(round)
    if (value) return value
  }
  return crypto.sha256(WITHOUT_BEACON, utf8(network))
}
