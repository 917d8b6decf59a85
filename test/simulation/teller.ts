/**
 * A process that tells the stories of the seeds it is sent, one at a time, and sends back what each told.
 *
 * @module
 */
import { Story } from './story.ts'

/** Lines of the trace that a failing seed sends back. */
const TAIL_LINES = 200

export interface Tale {
  readonly seed: number
  /** Of the network's own time, ms. */
  readonly elapsedMs: number
  /** Of the processor, ms. */
  readonly cpuMs: number
  readonly counts: Readonly<Record<string, number>>
  /** What was not as promised, and the end of the trace. */
  readonly failure?: string
}

async function tell(seed: number): Promise<Tale> {
  const before = process.cpuUsage()
  const story = new Story(seed)
  let failure: string | undefined
  try {
    await story.tell()
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    failure = [...story.world.trace.tail(TAIL_LINES), what].join('\n')
  }
  const { user, system } = process.cpuUsage(before)
  const { clock, told } = story.world
  return {
    seed,
    elapsedMs: clock.elapsed(),
    cpuMs: (user + system) / 1000,
    counts: told.counts,
    ...(failure === undefined ? {} : { failure }),
  }
}

process.on('message', (seed: number) => void tell(seed).then((tale) => process.send?.(tale)))
