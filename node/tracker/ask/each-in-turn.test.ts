import { LunarError, type PeerAddress } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { eachInTurn } from './each-in-turn.ts'

const trackers = ['a', 'b', 'c'].map((host): PeerAddress => ({ host, controlPort: 1, dataPort: 2 }))
const deps = { log: new Trace(new SimulatedClock()).log('tracker') }

/** Hosts that had their turn, where the second fails. */
async function turns(error: unknown, signal: AbortSignal): Promise<string[]> {
  const had: string[] = []
  const work = async ({ host }: PeerAddress): Promise<void> => {
    had.push(host)
    if (host === 'b') throw error
  }
  await eachInTurn(trackers, work, deps, signal)
  return had
}

test('one that is away or refuses does not keep the others from their turn; what is no word of a peer, and an end, does', async (t) => {
  const { signal } = new AbortController()
  for (const code of ['TIMEOUT', 'UNAUTHORIZED'] as const) t.deepEqual(await turns(new LunarError(code, 'no'), signal), ['a', 'b', 'c'])
  await t.throwsAsync(turns(new TypeError('a defect'), signal), { instanceOf: TypeError })
  await t.throwsAsync(turns(new LunarError('ABORTED', 'the end'), AbortSignal.abort()), { code: 'ABORTED' })
})
