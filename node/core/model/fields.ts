/**
 * Schemas for the fields that many messages share, each with its limit.
 *
 * @module
 */
import { z } from 'zod'
import { LIMITS } from './limits.ts'

/** Exactly `length` bytes. */
export const fixedBytes = (length: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length, { error: `expected ${length} bytes` })

/** At most `length` bytes. */
export const maxBytes = (length: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= length, { error: `expected at most ${length} bytes` })

export const hash = fixedBytes(32)
export const publicKey = fixedBytes(32)
export const signature = fixedBytes(64)
export const salt = fixedBytes(16)
/** libp2p peer id of an Ed25519 key, base58btc text (`12D3KooW…`). */
export const peerId = z.string().regex(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/)
export const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
/** Milliseconds since 1970 UTC. */
export const timeMs = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
export const port = z.number().int().min(1).max(65_535)
export const name = z.string().min(1).max(253)
export const role = z.enum(['provider', 'tracker', 'verifier', 'client', 'operator'])
export type Role = z.infer<typeof role>

/** Where a peer listens. `peer` set: the handshake must prove it (else WRONG_PEER). */
export const peerAddress = z.object({
  peer: peerId.optional(),
  /** DNS name or IP literal. */
  host: z.string().min(1).max(253),
  /** libp2p, TCP. */
  controlPort: port,
  /** Data channel, TLS. */
  dataPort: port,
})
export type PeerAddress = z.infer<typeof peerAddress>

/** Where a peer is reached from outside of its cluster. */
export const outsideAddress = peerAddress.omit({ peer: true })
export type OutsideAddress = z.infer<typeof outsideAddress>

/** Where one backup copy of every set of a class lies: on providers of these pools, and of no other. */
export const classCopy = z.object({ pools: z.array(name).min(1).max(16) })

/** An erasure class: `required` of `required + parity` shards rebuild a segment, `survive` domains may vanish at once. */
export const erasureClass = z
  .object({
    name,
    /** k, shards needed. */
    required: z.number().int().min(1).max(254),
    /** m, shards that may be lost. */
    parity: z.number().int().min(1).max(254),
    /** d, failure domains that may vanish at once. */
    survive: z.number().int().min(0).max(8),
    /** Whether no zone may hold more of a set than a domain may, or zones are only spread over evenly. Unset: Spread. */
    zones: z.enum(['Spread', 'Bind']).optional(),
    /** Objects up to this size are inline values of a row. */
    inlineBytes: z.number().int().min(0).max(1_048_576).default(65_536),
    /** Versions of an object that are kept. */
    versions: z.number().int().min(1).max(100).default(1),
    /** Backup copies, each a set of its own; the first set keeps off their pools. Unset: none. */
    copies: z.array(classCopy).min(1).max(LIMITS.copies).optional(),
  })
  .refine((c) => c.required + c.parity <= 255, 'required + parity must be at most 255')
  .refine((c) => c.survive <= c.parity, 'survive must be at most parity')
  .refine(
    ({ copies = [] }) => new Set(copies.flatMap(({ pools }) => pools)).size === copies.reduce((sum, { pools }) => sum + pools.length, 0),
    'a pool can be named once only: copies on one pool would be lost together',
  )
  .refine(
    ({ required, parity, versions, copies }) => !copies || (required + parity) * versions * (1 + copies.length) <= LIMITS.copiedShards,
    'a row must have room for what names the shards of all versions and copies: fewer versions, copies or shards',
  )
export type ErasureClass = z.infer<typeof erasureClass>
