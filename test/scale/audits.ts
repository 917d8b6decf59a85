/**
 * What audits move in one day of a large network: draws at the times that `drawsOfRound` gives, for some of the providers, beside the
 * formula.
 *
 * @module
 */
import { AUDIT_PROMISE, auditTraffic, drawBytes, drawsOfRound, meanDrawIntervalMs } from '@lunarx/core/audit'
import { utf8 } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import type { ScaleShape } from './shape.ts'

export interface AuditFindings {
  /** Providers whose day was drawn. */
  readonly drawn: number
  readonly drawsPerDay: number
  readonly expectedDrawsPerDay: number
  readonly drawBytesPerDay: number
  readonly expectedDrawBytesPerDay: number
  /** By formula: of the sweep, per provider and day. */
  readonly sweepBytesPerDay: number
  /** All providers, draws and sweep. */
  readonly networkBytesPerSecond: number
}

const DAY_MS = 24 * 3_600_000
const DRAWN = 500

export function auditADay({ seed, providers, sets, required, parity, shardBytes }: ScaleShape): AuditFindings {
  const value = crypto.sha256(utf8(`beacon ${seed}`))
  const drawn = Math.min(DRAWN, providers)
  let draws = 0
  for (let p = 0; p < drawn; p++) {
    const source = { value, provider: `provider-${p}`, startMs: 0, untilMs: DAY_MS, meanMs: meanDrawIntervalMs(AUDIT_PROMISE) }
    draws += [...drawsOfRound(source, crypto)].length
  }
  const expected = auditTraffic(AUDIT_PROMISE, (sets * (required + parity)) / providers, shardBytes)
  const drawsPerDay = draws / drawn
  const drawBytesPerDay = drawsPerDay * drawBytes(shardBytes)
  return {
    drawn,
    drawsPerDay,
    expectedDrawsPerDay: expected.drawsPerDay,
    drawBytesPerDay,
    expectedDrawBytesPerDay: expected.drawBytesPerDay,
    sweepBytesPerDay: expected.sweepBytesPerDay,
    networkBytesPerSecond: (providers * (drawBytesPerDay + expected.sweepBytesPerDay)) / 86_400,
  }
}
