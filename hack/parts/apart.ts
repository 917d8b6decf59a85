/**
 * Runs a part in a process of its own, so that several run at once: each line that it prints is printed with its name before it.
 *
 * @module
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { PartOptions } from './parts.ts'
import { run } from './run.ts'
import type { Tally } from './tally.ts'

const PROGRAM = join(import.meta.dirname, 'part-process.ts')

export interface PartOrder {
  readonly part: string
  readonly options: PartOptions
  /** With the lowest priority, as all that it starts. */
  readonly isLow: boolean
}

const tallySchema = z.strictObject({
  passed: z.int(),
  failed: z.int(),
  failures: z.array(z.string()),
  skipped: z.array(z.string()),
})

/** @throws {Error} it ended without a tally */
export async function runApart(order: PartOrder, print: (line: string) => void = console.log): Promise<Tally> {
  const sent: unknown[] = []
  const { code } = await run(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(order)],
    {
      onLine: (line) => print(`${order.part}: ${line}`),
      onMessage: (message) => sent.push(message),
      // Its priority is that of its session. Then Ctrl-C in a terminal does not reach it but by us.
      hasOwnSession: order.isLow,
    },
  )
  const tally = tallySchema.safeParse(sent[0])
  if (!tally.success) throw new Error(`its process ended with ${code}, without a tally`)
  return tally.data
}
