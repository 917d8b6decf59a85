/**
 * The loop: an input that was taken or refused in a new way is kept and changed further; what is thrown otherwise is a finding.
 * The same seed gives the same run.
 *
 * @module
 */
import { SeededRandom } from '@lunarx/runtime/random'
import { mutate } from './mutate.ts'
import { pick, type Draw } from './sample.ts'
import { attempt, type Target } from './target.ts'

const SEEDS = 16
/** Share of inputs that are right. */
const FRESH = 0.01
const MAX_KEPT = 512
const CORPUS = 12
/** An input of a few KiB that takes more CPU than this is a finding too: somebody could keep a tracker busy with it. */
const SLOW_MS = 2_000

export interface Finding {
  readonly target: string
  /** Hex. */
  readonly input: string
  readonly error: string
}

export interface Attack {
  readonly target: string
  readonly executions: number
  /** Inputs that were taken. */
  readonly taken: number
  /** Different ways in which inputs were refused. */
  readonly refusals: number
  readonly findings: readonly Finding[]
  /** An input for each way in which one ended, hex; at most {@link CORPUS} of them, the shortest. */
  readonly corpus: readonly string[]
}

/** CPU time of this thread, ms: on a busy machine the wall's says nothing. */
const spentMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

export function attack(target: Target, executions: number, seed: number): Attack {
  const random = new SeededRandom(`${seed} ${target.name}`)
  const draw: Draw = () => random.uniform()
  const kept = Array.from({ length: SEEDS }, () => target.seed(draw))
  const outcomes = new Map<string, Uint8Array>()
  const findings = new Map<string, Finding>()
  let taken = 0
  const execute = (bytes: Uint8Array): void => {
    const startedMs = spentMs()
    try {
      const outcome = attempt(target, bytes)
      if (outcome === 'taken') taken++
      if (!outcomes.has(outcome)) {
        outcomes.set(outcome, bytes)
        kept.push(bytes)
        if (kept.length > MAX_KEPT) kept.splice(SEEDS + Math.floor(draw() * (MAX_KEPT - SEEDS)), 1)
      }
      if (spentMs() - startedMs > SLOW_MS) throw new Error(`took more than ${SLOW_MS} ms of CPU`)
    } catch (error) {
      const text = String(error)
      if (!findings.has(text)) findings.set(text, { target: target.name, input: Buffer.from(bytes).toString('hex'), error: text })
    }
  }
  for (const bytes of kept.slice(0, executions)) execute(bytes)
  for (let n = SEEDS; n < executions; n++) execute(draw() < FRESH ? target.seed(draw) : mutate(pick(kept, draw), pick(kept, draw), draw))
  const corpus = [...outcomes.values()]
    .sort((a, b) => a.length - b.length)
    .slice(0, CORPUS)
    .map((bytes) => Buffer.from(bytes).toString('hex'))
  const refusals = outcomes.size - (taken > 0 ? 1 : 0)
  return { target: target.name, executions, taken, refusals, findings: [...findings.values()], corpus }
}
