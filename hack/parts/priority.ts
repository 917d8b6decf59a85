/**
 * Makes this process, and what it starts from now on, take the processors only when nobody else wants them. It is never taken back.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/** Where Linux groups the processes of a session, it weighs the groups before it looks at processes. sched(7) */
const AUTOGROUP = '/proc/self/autogroup'

/** To be called by the first process of a session: the others in it are made to wait, too. */
export function takeLowestPriority(): void {
  setPriority(constants.priority.PRIORITY_LOW)
  try {
    writeFileSync(AUTOGROUP, String(constants.priority.PRIORITY_LOW))
  } catch {} // no such groups: the priority of processes is all there is
}
