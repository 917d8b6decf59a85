/**
 * The epoch: which providers host rows, in which domains, and which tracker sits on which slot. Numbered, signed by the
 * network key, written by compare-and-swap (a Kubernetes object, or a file under `lunarx dev`). See docs/ARCHITECTURE.md.
 *
 * @module
 */
import { z } from 'zod'
import { hash, name, peerAddress, peerId, timeMs } from '../model/fields.ts'
import type { DocumentKind } from '../document/signed.ts'

export const epochMemberSchema = z.object({ peer: peerId, name, domain: z.string().max(253), address: peerAddress })
export type EpochMember = z.infer<typeof epochMemberSchema>

export const epochSchema = z.object({
  network: name,
  /** 1, 2, 3, … */
  number: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  /** d: a partition has d + 2 replicas in distinct domains. */
  survive: z.number().int().min(0).max(8),
  members: z.array(epochMemberSchema).min(1).max(10_000),
  /** Slot → tracker peer; watermark regions belong to slots. */
  trackerSlots: z.array(peerId).max(8),
  createdMs: timeMs,
  /** Id of the epoch document before; null for the first. */
  previous: hash.nullable(),
})
export type Epoch = z.infer<typeof epochSchema>
export const EPOCH: DocumentKind<Epoch> = { kind: 'epoch', schema: epochSchema }
