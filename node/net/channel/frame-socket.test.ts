import { duplexPair } from 'node:stream'
import { SimulatedClock } from '@lunarx/runtime'
import test from 'ava'
import { encodeHeader, FRAME } from '../frame/frame.ts'
import { NET_LIMITS } from '../limits.ts'
import { IncomingBody, sendBody } from './body.ts'
import { FrameSocket } from './frame-socket.ts'

/** Two ends of a socket, of which ours keeps simulated time. */
function pair() {
  const [near, far] = duplexPair()
  far.on('error', () => undefined)
  const clock = new SimulatedClock()
  const frames = new FrameSocket(near, clock)
  /** Lets the streams move, which simulated time does not wait for. */
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { near, far, clock, frames, settle }
}

const chunkHeader = (length: number): Uint8Array => encodeHeader(FRAME.chunk, length)

test('a body that stops coming is INTERRUPTED', async (t) => {
  const { far, clock, frames, settle } = pair()
  const body = new IncomingBody(frames, clock)
  far.write(chunkHeader(1000))
  await settle()
  const reading = t.throwsAsync(body.next(), { code: 'INTERRUPTED' })
  await clock.runFor(NET_LIMITS.bodyIdleMs + 1)
  await reading
})

test('a body that comes byte by byte is INTERRUPTED, one that makes progress is not', async (t) => {
  const { far, clock, frames, settle } = pair()
  const body = new IncomingBody(frames, clock)
  const slowly = async (bytes: number): Promise<void> => {
    const reading = body.next()
    await clock.runFor(20_000)
    far.write(Buffer.concat([chunkHeader(bytes), new Uint8Array(bytes)]))
    await settle()
    await reading
  }
  for (let i = 0; i < 5; i++) await slowly(NET_LIMITS.bodyProgressBytes)
  await slowly(1)
  await t.throwsAsync(
    async () => {
      const reading = slowly(1)
      await clock.runFor(20_000)
      await reading
    },
    { code: 'INTERRUPTED' },
  )
})

test('a reader may take its time', async (t) => {
  const { far, clock, frames, settle } = pair()
  const body = new IncomingBody(frames, clock)
  for (let i = 0; i < 4; i++) far.write(Buffer.concat([chunkHeader(10), new Uint8Array(10).fill(i)]))
  await settle()
  for (let i = 0; i < 4; i++) {
    await clock.runFor(10 * NET_LIMITS.bodyIdleMs)
    t.deepEqual((await body.next()).value, new Uint8Array(10).fill(i))
  }
})

test('a head that does not follow its first byte is a TIMEOUT', async (t) => {
  const { far, clock, frames, settle } = pair()
  far.write(Uint8Array.of(FRAME.question, 0))
  await settle()
  const reading = t.throwsAsync(frames.frame(1_000_000), { code: 'TIMEOUT' })
  await settle()
  await clock.runFor(NET_LIMITS.headMs + 1)
  await reading
})

test('a connection whose other side reads nothing is cut', async (t) => {
  const { near, clock, frames, settle } = pair()
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(1024 * 1024)
  }
  const sending = t.throwsAsync(sendBody(frames, endless()), { code: 'INTERRUPTED' })
  await settle()
  t.true(near.writableLength <= 3 * 1024 * 1024, `${near.writableLength} bytes wait`)
  await clock.runFor(NET_LIMITS.writeStallMs + 1)
  await sending
  t.true(near.destroyed)
})

test('a reader that is not there holds the sender', async (t) => {
  const { far, frames, settle } = pair()
  let taken = 0
  for (let i = 0; i < 100 && far.write(new Uint8Array(16 * 1024), () => taken++); i++) await settle()
  await settle()
  t.true(taken * 16 * 1024 <= NET_LIMITS.readBufferBytes + 64 * 1024, `${taken} pieces were taken`)
  t.true(frames.hasUnread)
})

test('a reason to cut reaches whoever reads or writes', async (t) => {
  const { frames } = pair()
  const reading = t.throwsAsync(frames.frame(Number.POSITIVE_INFINITY), { message: 'enough' })
  frames.destroy(new Error('enough'))
  await reading
  await t.throwsAsync(frames.write(FRAME.end), { message: 'enough' })
})
