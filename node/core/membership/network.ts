/**
 * What a peer or client must know of a network to take part: ConfigMap `<network>-client`, key `network.json`.
 * Nothing in it is secret.
 *
 * @module
 */
import { z } from 'zod'
import { erasureClass, name, outsideAddress, peerAddress, port } from '../model/fields.ts'
import { LIMITS } from '../model/limits.ts'

const durationMs = z
  .number()
  .int()
  .min(1)
  .max(31 * 24 * 3_600_000)

/** Admin API of a tracker that names no other port. */
export const ADMIN_PORT = 4443

/** Node label, and key of a credential's domains, that says in which zone a peer is. Of Kubernetes. */
export const ZONE_KEY = 'topology.kubernetes.io/zone'

/** Where a tracker listens. */
export const trackerAddress = peerAddress.extend({
  /** Admin API, HTTPS; unset: {@link ADMIN_PORT}. */
  adminPort: port.optional(),
})
export type TrackerAddress = z.infer<typeof trackerAddress>

/** What audits promise to find. */
export const auditConfigSchema = z.object({
  /** Silent loss that is found: a fraction of what a provider holds. */
  lostFraction: z.number().min(0.0001).max(0.5),
  /** … with at least this probability. */
  probability: z.number().min(0.5).max(0.999_999),
  /** … within this time. */
  withinMs: durationMs,
  /** Every shard is asked for a watermark once in this time; the rounds that records are born in. Unset: 14 days. Never changed. */
  sweepMs: durationMs.optional(),
})
export type AuditConfig = z.infer<typeof auditConfigSchema>

/** How peers find each other while trackers are away. */
export const directoryConfigSchema = z.object({
  /** Sets that each provider announces in an hour at most, the newest first. 0: none, the directory finds peers and trackers only. */
  announcementsPerHour: z.number().int().min(0).max(3_600),
})

const issuerSchema = z.object({
  url: z.string().url(),
  /** PEM */
  ca: z.string(),
  /** Name that the issuer's certificate is for, where it is reached by another. Unset: the host of `url`. */
  certificateName: z.string().min(1).max(253).optional(),
})

/** A peer that is reached from outside of its cluster. */
export const outsidePeer = z.object({
  /** How peers inside name its host. */
  host: peerAddress.shape.host,
  at: outsideAddress,
})
export type OutsidePeer = z.infer<typeof outsidePeer>

export const networkConfigSchema = z.object({
  /** Unique name: `<namespace>/<name>` in a cluster. */
  network: name,
  /** Ed25519 public key that signs credentials and epochs, lower-case hex. */
  networkKey: z.string().regex(/^[0-9a-f]{64}$/),
  trackers: z.array(trackerAddress).min(1).max(99),
  classes: z.array(erasureClass).min(1).max(16),
  defaultClass: name,
  /** The topology key whose values are the binding failure domains. */
  domainKey: z.string().min(1).max(253),
  /** d of rows: at least the largest `survive` of the classes. */
  survive: z.number().int().min(0).max(8),
  issuer: issuerSchema.optional(),
  detection: z.object({ heartbeatMs: durationMs, suspectMs: durationMs, lostMs: durationMs }),
  repair: z.object({
    rebuildAfterMs: durationMs,
    /** Bytes per second, per tracker, for sets with margin > 0. */ bytesPerSecond: z.number().positive(),
  }),
  /** Unset: nothing is audited. */
  audit: auditConfigSchema.optional(),
  /** Unset: there is none, and whoever knows no live tracker finds nobody. */
  directory: directoryConfigSchema.optional(),
  /**
   * Set for those outside of the cluster only: where they reach its peers, whom they go on naming as peers inside do. What is not in it,
   * or has moved since, they ask the trackers for.
   */
  outside: z.array(outsidePeer).max(LIMITS.outsidePeers).optional(),
})
export type NetworkConfig = z.infer<typeof networkConfigSchema>
