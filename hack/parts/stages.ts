/**
 * Runs parts in lanes, and notes when each of them ran.
 *
 * @module
 */
import { runApart } from './apart.ts'
import type { Stage } from './lanes.ts'
import { PARTS, type PartOptions } from './parts.ts'
import { closingLine, type Tally } from './tally.ts'
import { clockTime, type Span } from './times.ts'

export interface RanPart extends Span {
  readonly tally: Tally
}

/** @returns in the order in which they ended. A part that throws has failed; the others go on */
export async function runStages(stages: readonly Stage[], options: PartOptions): Promise<RanPart[]> {
  const startMs = performance.now()
  const sinceStartMs = (): number => performance.now() - startMs
  const ran: RanPart[] = []
  for (const stage of stages) {
    const isAlone = stage.length === 1
    const runLane = async ({ parts, isLow }: Stage[number]): Promise<void> => {
      for (const part of parts) {
        const beganMs = sinceStartMs()
        console.log(`— ${part}${isAlone ? '' : ` begins at ${clockTime(beganMs)}`}`)
        const work = isAlone ? PARTS[part]?.(options) : runApart({ part, options, isLow })
        const tally = await Promise.resolve(work ?? Promise.reject(new RangeError('no such part'))).catch((error: unknown): Tally => {
          console.error(error)
          return { passed: 0, failed: 1, failures: [`${part}: ${String(error)}`], skipped: [] }
        })
        const endedMs = sinceStartMs()
        if (!isAlone) console.log(`— ${part} ended at ${clockTime(endedMs)}: ${closingLine(tally)}`)
        ran.push({ part, tally, beganMs, endedMs })
      }
    }
    await Promise.all(stage.map(runLane))
  }
  return ran
}
