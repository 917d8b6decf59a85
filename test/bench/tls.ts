/**
 * The peer of a client's CPU: the same bytes over bare `node:tls` between two processes, in the same run.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Program } from './program.ts'

export interface TlsOrder {
  /** As the calling side sees it. */
  readonly direction: 'put' | 'get'
  readonly connections: number
  readonly bytesPerConnection: number
  /** 0: listen. */
  readonly port: number
}

/** Of the calling side. */
export interface TlsReport {
  readonly cpuSeconds: number
  readonly wallSeconds: number
}

interface Told {
  readonly port?: number
  readonly report?: TlsReport
}

/** @throws {Error} one of the two processes ended */
export async function measureTls(order: Omit<TlsOrder, 'port'>, folder: string, { nodeOptions }: Program): Promise<TlsReport> {
  await using stack = new AsyncDisposableStack()
  const start = async (): Promise<ChildProcess> => {
    const child = fork(join(import.meta.dirname, 'tls-process.ts'), [folder], {
      execArgv: [...nodeOptions],
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    const ended = once(child, 'exit')
    stack.defer(async () => {
      if (child.connected) child.disconnect()
      await ended
    })
    await told(child)
    return child
  }
  const [server, client] = [await start(), await start()]
  const listening = told(server)
  server.send({ ...order, port: 0 })
  const { port } = await listening
  const answered = told(client)
  client.send({ ...order, port })
  const { report } = await answered
  if (!report) throw new Error('no report')
  return report
}

async function told(child: ChildProcess): Promise<Told> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the TLS process ended with ${code}`)
  })
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [Told]
  return message
}
