import { LunarError } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { answerEach } from './answer-each.ts'

test('one of many that fails, by an error of ours or not, is refused alone', async (t) => {
  const log = new Trace(new SimulatedClock()).log('provider')
  const answer = async (n: number): Promise<boolean> => {
    if (n === 1) throw new LunarError('STORE_FAILED', 'the index cannot be read')
    if (n === 2) throw new TypeError('a secret of this machine')
    return true
  }
  t.deepEqual(await answerEach([0, 1, 2, 3], answer, log), [
    true,
    { refusal: { code: 'STORE_FAILED', message: 'the index cannot be read' } },
    { refusal: { code: 'INTERNAL', message: 'the peer failed to answer' } },
    true,
  ])
})
