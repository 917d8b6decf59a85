/**
 * Messages as on the wire: DAG-CBOR, bounded by their channel.
 *
 * @module
 */
import { parseBytes } from '@lunarx/core/document'
import { LIMITS } from '@lunarx/core/model'
import type { Exchange } from '@lunarx/wire'
import { z } from 'zod'
import { encodeHead } from '../frame/heads.ts'

type Channel = Exchange<unknown, unknown>['channel']

/** @throws {LunarError} BAD_MESSAGE: longer than its channel takes */
export const encodeMessage = (channel: Channel, value: unknown): Uint8Array =>
  encodeHead(value, channel === 'control' ? LIMITS.controlMessageBytes : LIMITS.dataHeadBytes)

/** @throws {LunarError} BAD_MESSAGE */
export const decodeMessage = (bytes: Uint8Array): unknown => parseBytes(z.unknown(), bytes)
