/**
 * rotate: begin → wait → move → end. A new generation of identity and keys; every name re-committed under it, its data keys wrapped
 * anew. Cut off anywhere, the same call goes on where it was; all devices list and read everything all the while.
 *
 * What is stored stays where it is: sets keep the owner who signed them, whose key also signs their tombstones.
 *
 * @module
 */
import { beginRotation, endRotation } from '@lunarx/core/keys'
import { KEYRING_FRESH_MS, type KeyringRow } from './keyring.ts'
import type { Names } from './names.ts'
import type { Clock } from '@lunarx/runtime/clock'

/** Until every client that goes by the keyring of before has looked again, a commit under way included. */
const SETTLE_MS = 2 * KEYRING_FRESH_MS
/** Names moved at a time. */
const AT_A_TIME = 16

export interface RotateProgress {
  /** Names moved to the new generation so far. */
  readonly movedNames: number
}

export interface RotateOptions {
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: RotateProgress) => void) | undefined
}

export interface RotateDeps {
  readonly keyring: KeyringRow
  readonly names: Names
  readonly clock: Clock
}

/**
 * Takes {@link SETTLE_MS} at least.
 * @returns the generation that is now in use
 * @throws {LunarError} NOT_ENOUGH_REPLICAS, WRONG_KEY
 */
export async function rotateKeys({ signal, onProgress }: RotateOptions, { keyring, names, clock }: RotateDeps): Promise<number> {
  const { present } = await keyring.change(beginRotation, signal)
  await clock.sleep(SETTLE_MS, signal)
  let movedNames = 0
  for await (const rows of names.rowsBefore(present, AT_A_TIME, signal)) {
    await Promise.all(rows.map((row) => names.moveRow(row, signal)))
    movedNames += rows.length
    onProgress?.({ movedNames })
  }
  await keyring.change((now) => (now.present === present ? endRotation(now) : now), signal)
  return present
}
