/**
 * The other end of client-process.ts: starts a client process and gives it orders.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Stages } from './stages.ts'
import type { Program } from './program.ts'

interface Common {
  readonly name: string
  /** Costs some CPU: not for runs whose CPU counts. */
  readonly profiled?: boolean
}
export type Order =
  | (Common & { readonly kind: 'put'; readonly file: string; readonly class: string })
  | (Common & {
      readonly kind: 'get'
      readonly range?: { readonly offset: number; readonly length: number }
      /** Costs CPU: not for runs whose CPU counts. */
      readonly hashed?: boolean
    })

/** What an order cost the client process. */
export interface Answer {
  readonly cpuSeconds: number
  readonly wallSeconds: number
  /** The most that was resident during it, less what was resident before. */
  readonly growthBytes: number
  /** From files and sockets. */
  readonly readBytes: number
  readonly sha256?: string
  readonly stages?: Stages
}

export interface ClientHandle extends AsyncDisposable {
  /** One at a time. @throws {Error} what the client threw, or that it ended */
  order(order: Order): Promise<Answer>
}

type Message = { readonly answer: Answer } | { readonly error: string }

export async function startClient(env: NodeJS.ProcessEnv, { nodeOptions }: Program): Promise<ClientHandle> {
  const child = fork(join(import.meta.dirname, 'client-process.ts'), [], {
    env,
    execArgv: [...nodeOptions],
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const ended = once(child, 'exit')
  const answer = async (): Promise<Answer> => {
    const message = await Promise.race([
      once(child, 'message').then(([first]) => first as Message),
      ended.then(([code]): Message => ({ error: `the client ended with ${code}` })),
    ])
    if ('error' in message) throw new Error(message.error)
    return message.answer
  }
  await answer()
  return {
    async order(order) {
      const answered = answer()
      child.send(order)
      return await answered
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
