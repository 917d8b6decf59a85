/**
 * One frame in, one frame out over a libp2p stream: a control exchange has no more. The next exchange may follow on the same stream.
 *
 * @module
 */
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { LIMITS, LunarError } from '@lunarx/core/model'
import { onAbort } from '../abort.ts'
import { decodeHeader, encodeHeader, type FrameHeader, type FrameType, HEADER_BYTES } from '../frame/frame.ts'

export interface ControlFrame {
  readonly type: FrameType
  readonly payload: Uint8Array
}

const MAX_PAYLOAD_BYTES = LIMITS.controlMessageBytes

/** Sends the last frame of this side and closes it for writing. @throws {LunarError} BAD_MESSAGE: too long */
export async function sendFrame(stream: Stream, type: FrameType, payload: Uint8Array, signal: AbortSignal): Promise<void> {
  writeFrame(stream, type, payload)
  await stream.close({ signal })
}

/** Sends a frame. A stream takes one of any length that is allowed without waiting. @throws {LunarError} BAD_MESSAGE: too long */
export function writeFrame(stream: Stream, type: FrameType, payload: Uint8Array): void {
  if (payload.length > MAX_PAYLOAD_BYTES)
    throw new LunarError('BAD_MESSAGE', 'a control message is too long', {
      detail: { sizeBytes: payload.length, maxBytes: MAX_PAYLOAD_BYTES },
    })
  stream.send(Buffer.concat([encodeHeader(type, payload.length), payload]))
}

/**
 * The next frame of the other side, which sends no other before it was answered.
 * @throws {LunarError} BAD_MESSAGE, INTERRUPTED; what {@link onAbort} makes of the signal
 */
export function readFrame(stream: Stream, signal: AbortSignal): Promise<ControlFrame> {
  return new Promise((resolve, reject) => {
    const gather = new Gather()
    const settle = (finish: () => void): void => {
      stopListening()
      stream.removeEventListener('message', onMessage)
      stream.removeEventListener('end', onEnd)
      stream.removeEventListener('close', onClose)
      finish()
    }
    const onMessage = ({ data }: StreamMessageEvent): void => {
      try {
        const frame = gather.add(data.subarray())
        if (frame) settle(() => resolve(frame))
      } catch (error) {
        settle(() => reject(error))
      }
    }
    const broken = (cause?: unknown): void =>
      settle(() =>
        reject(new LunarError('INTERRUPTED', 'the stream ended before the message was complete', cause === undefined ? {} : { cause })),
      )
    // 'end' and 'close' may come while bytes are left in the read buffer; these are handed out in a microtask, once somebody listens
    const onEnd = (): void => queueMicrotask(() => broken())
    const onClose = ({ error }: StreamCloseEvent): void => queueMicrotask(() => broken(error))
    const stopListening = onAbort(signal, (error) => queueMicrotask(() => settle(() => reject(error))))
    stream.addEventListener('message', onMessage)
    stream.addEventListener('end', onEnd)
    stream.addEventListener('close', onClose)
    if (stream.readableEnded || stream.status !== 'open') onEnd()
  })
}

/** Puts one frame together from pieces. */
class Gather {
  #bytes: Uint8Array = new Uint8Array(0)
  #header: FrameHeader | undefined

  add(piece: Uint8Array): ControlFrame | undefined {
    this.#bytes = Buffer.concat([this.#bytes, piece])
    if (!this.#header && this.#bytes.length >= HEADER_BYTES) this.#header = decodeHeader(this.#bytes, MAX_PAYLOAD_BYTES)
    if (!this.#header || this.#bytes.length < HEADER_BYTES + this.#header.length) return undefined
    if (this.#bytes.length > HEADER_BYTES + this.#header.length)
      throw new LunarError('BAD_MESSAGE', 'more than one frame in a control message')
    return { type: this.#header.type, payload: this.#bytes.subarray(HEADER_BYTES) }
  }
}
