/**
 * How a backing store is named: the first 16 bytes of the SHA-256 of its id object, in hex.
 *
 * @module
 */
import { z } from 'zod'

export const storeId = z.string().regex(/^[0-9a-f]{32}$/)
