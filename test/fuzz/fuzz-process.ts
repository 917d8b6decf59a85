/**
 * One of the processes of the long run: attacks the targets that it is sent, one at a time. Started by hack/doors/fuzz.ts.
 *
 * @module
 */
import { attack } from './fuzz.ts'
import { TARGETS } from './targets.ts'

export interface FuzzOrder {
  /** In {@link TARGETS}. */
  readonly index: number
  readonly executions: number
  readonly seed: number
}

Error.stackTraceLimit = 0 // millions of refusals, and nobody looks where they come from
process.on('message', ({ index, executions, seed }: FuzzOrder) => {
  const target = TARGETS[index]
  if (!target) throw new RangeError(`no target ${index}`)
  process.send?.(attack(target, executions, seed))
})
