/**
 * Tells many seeds' stories in a few processes.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Tale } from './teller.ts'

/** Stories that one process tells before another takes its place: what one leaves behind burdens no long run. */
const STORIES = 50

/** @throws {Error} if it ends without an answer: out of memory, or killed */
function ask(teller: ChildProcess, seed: number): Promise<Tale> {
  const { promise, resolve, reject } = Promise.withResolvers<Tale>()
  const ended = (code: number | null, signal: string | null): void =>
    reject(new Error(`the process that told SEED=${seed} ended (${signal ?? code})`))
  teller.once('exit', ended)
  teller.once('message', (tale: Tale) => {
    teller.off('exit', ended)
    resolve(tale)
  })
  teller.send(seed)
  return promise
}

/** @param onTale called as each ends, in no order */
export async function tellAll(seeds: readonly number[], processes: number, onTale: (tale: Tale) => void): Promise<void> {
  const left = [...seeds]
  const work = async (): Promise<void> => {
    while (left.length > 0) {
      const teller = fork(new URL('teller.ts', import.meta.url))
      try {
        for (let told = 0; told < STORIES; told++) {
          const seed = left.shift()
          if (seed === undefined) return
          onTale(await ask(teller, seed))
        }
      } finally {
        teller.kill()
      }
    }
  }
  await Promise.all(Array.from({ length: processes }, work))
}
