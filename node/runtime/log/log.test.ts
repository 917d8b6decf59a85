import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import { SimulatedClock } from '../clock/simulated.ts'
import { pinoLog } from './pino.ts'
import { Trace } from './trace.ts'

function collected(level: 'debug' | 'info' = 'info') {
  const lines: string[] = []
  const log = pinoLog({ level, stream: { write: (line) => void lines.push(line) } })
  return { log, read: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

test('a line is JSON with time, level, message and fields', (t) => {
  const { log, read } = collected()
  log.with({ peer: 'p1' }).warn('disk is slow', { delayMs: 5, address: Uint8Array.of(1, 255) })
  const [line] = read()
  t.is(typeof line?.['time'], 'string')
  t.like(line, { level: 'warn', message: 'disk is slow', peer: 'p1', delayMs: 5, address: '01ff' })
})

test('lines below the level are left out', (t) => {
  const { log, read } = collected()
  log.debug('detail')
  log.info('news')
  t.deepEqual(
    read().map(({ message }) => message),
    ['news'],
  )
})

test('errors show code, detail and causes', (t) => {
  const { log, read } = collected()
  const system = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  log.error('failed', { error: new LunarError('FULL', 'disk refused to write', { detail: { path: 'a' }, cause: system }) })
  t.like(read()[0], {
    error: { code: 'FULL', message: 'disk refused to write', detail: { path: 'a' }, cause: { code: 'ENOSPC', message: 'no space left' } },
  })
})

test('secrets are blanked out at any depth, in fields, details and children', (t) => {
  const { log, read } = collected()
  const error = new LunarError('WRONG_KEY', 'no', { detail: { ownerSecret: 'hunter2' } })
  log.with({ accessToken: 'hunter2' }).info('x', { error, nested: { list: [{ password: 'hunter2' }] }, seed: Uint8Array.of(1) })
  t.false(JSON.stringify(read()).includes('hunter2'))
  t.like(read()[0], { seed: '[redacted]' })
})

test('what has no JSON form is logged all the same', (t) => {
  const { log, read } = collected()
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  log.info('x', { big: 10n, map: new Map([['a', 1]]), set: new Set([1]), cycle, long: new Uint8Array(1000) })
  t.like(read()[0], { big: '10', map: { a: 1 }, set: [1] })
})

test('a trace keeps the last lines and a hash of all', async (t) => {
  const clock = new SimulatedClock()
  const [one, other] = [new Trace(clock), new Trace(clock)]
  for (let i = 0; i < 24_000; i++) {
    one.log('p1').info('line', { i })
    other.log('p1').info('line', { i: i === 0 ? -1 : i })
  }
  t.is(one.total, 24_000)
  t.is(one.tail().length, 20_000)
  t.true(one.tail(1)[0]?.includes('"i":23999'))
  t.deepEqual(one.tail(), other.tail())
  t.not(one.digest(), other.digest())
})
