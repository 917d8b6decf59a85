/**
 * One client in a process of its own, told over IPC what to do, one thing at a time; it tells what each cost this process.
 *
 * Not `lunarx`: start-up stays out of the figures. Started by {@link startClient}.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import type { Client } from '@lunarx/client'
import { openSource } from '../../node/cli/files/byte-streams.ts'
import type { Io } from '../../node/cli/io.ts'
import { withClient } from '../../node/cli/session/open-session.ts'
import type { Answer, Order } from './client-handle.ts'
import { readBytesOf } from './processes.ts'
import { stagesOf } from './stages.ts'

const SAMPLE_MICROSECONDS = 500

async function carryOut(order: Order, client: Client, io: Io): Promise<string | undefined> {
  if (order.kind === 'put') {
    await using source = await openSource(order.file, io)
    await client.put(order.name, source.bytes, { class: order.class })
    return undefined
  }
  const hash = order.hashed ? createHash('sha256') : undefined
  for await (const chunk of client.get(order.name, { range: order.range, lend: true })) hash?.update(chunk)
  return hash?.digest('hex')
}

/** Sets back the kernel's record of the most that was resident. */
const forgetPeak = (): void => writeFileSync('/proc/self/clear_refs', '5')
const residentBytes = (field: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024

async function measured(order: Order, client: Client, io: Io): Promise<Answer> {
  const profiler = order.profiled ? new Session() : undefined
  profiler?.connect()
  await profiler?.post('Profiler.enable')
  await profiler?.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS })
  await profiler?.post('Profiler.start')
  forgetPeak()
  const before = { resident: residentBytes('VmRSS'), read: readBytesOf(process.pid), cpu: process.cpuUsage(), wall: performance.now() }
  const sha256 = await carryOut(order, client, io)
  const { user, system } = process.cpuUsage(before.cpu)
  const wallSeconds = (performance.now() - before.wall) / 1_000
  const profile = (await profiler?.post('Profiler.stop'))?.profile
  return {
    cpuSeconds: (user + system) / 1e6,
    wallSeconds,
    growthBytes: residentBytes('VmHWM') - before.resident,
    readBytes: readBytesOf(process.pid) - before.read,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(profile ? { stages: stagesOf(profile) } : {}),
  }
}

const io: Io = {
  env: process.env,
  stdin: process.stdin,
  stdout: { isTty: false, columns: 80, write: async () => undefined },
  stderr: { isTty: false, columns: 80, write: async () => undefined },
  signal: new AbortController().signal,
  self: ['client'],
}

await withClient({}, io, async (client) => {
  const { promise: told, resolve } = Promise.withResolvers<void>()
  process.on('disconnect', resolve)
  process.on('message', (order: Order) => {
    measured(order, client, io).then(
      (answer) => process.send?.({ answer }),
      (error: unknown) => process.send?.({ error: String(error) }),
    )
  })
  process.send?.({ answer: 'ready' })
  await told
})
process.exit()
