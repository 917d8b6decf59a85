/**
 * `POST /v1/credentials`, as JSON.
 *
 * @module
 */
import { z } from 'zod'

export const CREDENTIALS_PATH = '/v1/credentials'

export const credentialRequest = z.object({
  /** A projected service-account token, or an enrolment token of `lunarx dev`. Secret. */
  token: z.string().min(1).max(16_384),
  /** base64 of the DAG-CBOR of the ENROLMENT document, signed by the peer's key. */
  proof: z.string().min(1).max(4_096),
})

export const credentialResponse = z.object({
  /** base64 of the DAG-CBOR of the signed credential. */
  credential: z.string().min(1).max(16_384),
})

export const MAX_MESSAGE_BYTES = 32 * 1024
