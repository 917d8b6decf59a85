/**
 * What a command is given: the cluster, what was asked, and where answers go.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import type { KubeClient, Connection } from '../kube/index.ts'
import type { ExecInPod } from './exec.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Target } from './observe.ts'

export interface Context extends Target {
  readonly client: KubeClient
  readonly connection: Connection
  readonly exec: ExecInPod
  readonly isJson: boolean
  readonly words: readonly string[]
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
  readonly nowMs: number
  readonly clock: Clock
  /** Standard output. */
  readonly print: (text: string) => void
}

export interface Flag {
  readonly name: string
  readonly short?: string
  /** Of its value; unset: it has none. */
  readonly value?: string
  readonly help: string
}

export interface Command {
  readonly name: string
  /** Words behind the name. */
  readonly words: string
  readonly wordsAtMost: number
  readonly wordsAtLeast: number
  readonly summary: string
  readonly details: string
  readonly flags: readonly Flag[]
  run(context: Context): Promise<ExitCode>
}

export const printJson = ({ print }: Pick<Context, 'print'>, value: unknown): void => print(`${JSON.stringify(value, null, 2)}\n`)
