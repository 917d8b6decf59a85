/**
 * Peers whose membership is over before their credentials have run out: `revoked.json`, beside the configuration of the network.
 *
 * @module
 */
import { z } from 'zod'
import { peerId } from '../model/fields.ts'

/** Peers that a network names at most. A credential lives for a day: older entries serve no purpose once the peer cannot enrol. */
export const MAX_REVOKED = 1_000

export const revokedSchema = z.object({ peers: z.array(peerId).max(MAX_REVOKED) })
export type Revoked = z.infer<typeof revokedSchema>
