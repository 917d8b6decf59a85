/**
 * The answer to a ranged read, taken at its word only as far as it keeps it.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { LunarError } from '@lunarx/core/model'
import { bodyInto } from '../body-into.ts'
import type { ObjectEnd } from '../objects.ts'

/** Header of a request. `length` is at least 1. */
export const rangeHeader = (position: number, length: number): string => `bytes=${position}-${position + length - 1}`

/** Bytes of the whole object, from `Content-Range`. */
export function totalOf(answer: IncomingMessage): number | undefined {
  const total = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(answer.headers['content-range'] ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}

/** The last bytes of an object. `length` is at least 1. */
export const endHeader = (length: number): string => `bytes=-${length}`

/**
 * Fills `into` with the body.
 * @returns bytes of it: fewer only at the end of the object
 * @throws {LunarError} STORE_FAILED: another range, or a shorter body, than the answer announced
 */
export async function fill(answer: IncomingMessage, into: Uint8Array, position: number): Promise<number> {
  return await take(answer, into, promisedBytes(answer, into.length, position))
}

/** The same of an answer to {@link endHeader}. MinIO names a range of `0--1/0` for an empty object. */
export async function fillEnd(answer: IncomingMessage, into: Uint8Array): Promise<ObjectEnd> {
  if (answer.headers['content-length'] === '0') {
    answer.resume()
    return { sizeBytes: 0, readBytes: 0 }
  }
  const sizeBytes = totalOf(answer) ?? 0
  const position = Math.max(0, sizeBytes - into.length)
  return { sizeBytes, readBytes: await take(answer, into, promisedBytes(answer, into.length, position)) }
}

async function take(answer: IncomingMessage, into: Uint8Array, promised: number | undefined): Promise<number> {
  if (promised === undefined) {
    answer.destroy()
    throw new LunarError('STORE_FAILED', 'the backend answered with another range than it was asked for', {
      detail: { operation: 'read', status: answer.statusCode },
      retryable: false,
    })
  }
  const filled = await bodyInto(answer, into.subarray(0, promised))
  if (filled !== promised)
    throw new LunarError('STORE_FAILED', 'the answer of the backend is not as long as it says', {
      detail: { operation: 'read', promised, filled },
    })
  return filled
}

function promisedBytes(answer: IncomingMessage, wanted: number, position: number): number | undefined {
  if (answer.statusCode === 200) return answer.headers['content-length'] === '0' ? 0 : undefined // some do so for an empty object
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? []
  const end = Math.min(position + wanted, Number(total))
  return Number(first) === position && Number(last) + 1 === end ? end - position : undefined
}
