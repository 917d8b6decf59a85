import test from 'ava'
import { whenAborted } from './when-aborted.ts'

test('who waits for a signal is called once when it is aborted, unless he took that back, and the signal has one listener for all', (t) => {
  const ending = new AbortController()
  let listeners = 0
  const add = ending.signal.addEventListener.bind(ending.signal)
  ending.signal.addEventListener = (...listener: Parameters<typeof add>) => {
    listeners++
    add(...listener)
  }
  const called: string[] = []
  whenAborted(ending.signal, () => called.push('a'))
  const stop = whenAborted(ending.signal, () => called.push('b'))
  whenAborted(ending.signal, () => called.push('c'))
  stop()
  t.is(listeners, 1)
  ending.abort()
  t.deepEqual(called, ['a', 'c'])
})

test('one that takes back what another one waits for, while they are called, keeps it from being called', (t) => {
  const ending = new AbortController()
  const called: string[] = []
  whenAborted(ending.signal, () => {
    called.push('first')
    stop()
  })
  const stop = whenAborted(ending.signal, () => called.push('second'))
  ending.abort()
  t.deepEqual(called, ['first'])
})
