/**
 * One part in a process of its own: runs the one that its argument tells of, prints as ever, sends its tally, ends. Started by apart.ts.
 *
 * @module
 */
import type { PartOrder } from './apart.ts'
import { PARTS } from './parts.ts'
import { takeLowestPriority } from './priority.ts'

const { part, options, isLow } = JSON.parse(process.argv[2] ?? '') as PartOrder
const runPart = PARTS[part]
if (!runPart) throw new RangeError(`no part ${part}`)
if (isLow) takeLowestPriority()

/** Who started us is gone without a word: that stops us, and where we lead a session all that is in it. */
const stop = (): boolean => process.kill(isLow ? -process.pid : process.pid, 'SIGTERM')
process.on('disconnect', stop)
const tally = await runPart(options)
process.off('disconnect', stop)
process.send?.(tally, undefined, undefined, () => process.disconnect())
