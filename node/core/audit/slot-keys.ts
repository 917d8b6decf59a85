/**
 * Slot keys, dealt: what the owner gives the tracker on one slot, so that it can ask for the watermarks of the slot's regions in all sets
 * of the owner. They go to that tracker alone, over a session that proved who it is, and never to a provider.
 *
 * Signed by the owner: nobody else can say what its watermarks are.
 *
 * @module
 */
import { z } from 'zod'
import type { DocumentKind } from '../document/signed.ts'
import { fixedBytes, name, peerId, publicKey, timeMs } from '../model/fields.ts'
import { LIMITS } from '../model/limits.ts'

export const slotNumber = z
  .number()
  .int()
  .min(0)
  .max(LIMITS.trackerSlots - 1)

export const slotKeysSchema = z.object({
  network: name,
  /** Whose sets: the identity that signs their records. */
  owner: publicKey,
  /** For whom. */
  tracker: peerId,
  slot: slotNumber,
  positionKey: fixedBytes(32),
  codeKey: fixedBytes(32),
  dealtMs: timeMs,
})
export type SlotKeysDealt = z.infer<typeof slotKeysSchema>
export const SLOT_KEYS: DocumentKind<SlotKeysDealt> = { kind: 'slot-keys', schema: slotKeysSchema }
