import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SimulatedClock, SystemClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { keepRevoked } from './revoked-file.ts'

/** Files are read in real time. */
const pause = new SystemClock()
const PEER = `12D3KooW${'A'.repeat(44)}`
const OTHER = `12D3KooW${'B'.repeat(44)}`

test('peers are put out and taken back while a file says so; what cannot be read changes nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-revoked-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const [network, file] = [join(folder, 'network.json'), join(folder, 'revoked.json')]
  const reads: (() => void)[] = []
  // one read each time that the test says so
  const still = new SimulatedClock()
  const sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      reads.push(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
  const clock = { now: () => still.now(), elapsed: () => still.elapsed(), after: still.after.bind(still), sleep }
  const log = new Trace(clock).log('test')
  const readAgain = async (): Promise<void> => {
    const due = reads.length + 1
    reads.at(-1)?.()
    while (reads.length < due) await pause.sleep(1)
  }
  await using kept = await keepRevoked(network, { clock, log })
  const seen = (): boolean[] => [PEER, OTHER].map((peer) => kept.isRevoked(peer))
  while (reads.length === 0) await pause.sleep(1)
  t.deepEqual(seen(), [false, false], 'no file')

  await writeFile(file, JSON.stringify({ peers: [PEER] }))
  await readAgain()
  t.deepEqual(seen(), [true, false])
  for (const bad of ['', '{', '[]', '{"peers":["x"]}', `{"peers":"${OTHER}"}`]) {
    await writeFile(file, bad)
    await readAgain()
    t.deepEqual(seen(), [true, false], bad)
  }
  await writeFile(file, JSON.stringify({ peers: [OTHER] }))
  await readAgain()
  t.deepEqual(seen(), [false, true])
  await rm(file)
  await readAgain()
  t.deepEqual(seen(), [false, false])
})

test('what stands on the first day is known at once; without a configuration file nobody is put out', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-revoked-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'revoked.json'), JSON.stringify({ peers: [PEER] }))
  const clock = new SimulatedClock()
  const deps = { clock, log: new Trace(clock).log('test') }
  await using kept = await keepRevoked(join(folder, 'network.json'), deps)
  t.true(kept.isRevoked(PEER))
  await using none = await keepRevoked(undefined, deps)
  t.false(none.isRevoked(PEER))
})
