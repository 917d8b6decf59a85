/**
 * The names of a simulated disk: those that a crash leaves, and the changes of folders that were not synced yet.
 *
 * @module
 */
import type { SeededRandom } from '../random/seeded.ts'
import { folderOf } from './path.ts'

/** What happens to names in one step: path → its file, or undefined when the name goes. */
type Step<F> = Map<string, F | undefined>

function apply<F>(names: Map<string, F>, step: Iterable<readonly [string, F | undefined]>): void {
  for (const [path, file] of step)
    if (file === undefined) names.delete(path)
    else names.set(path, file)
}

export class SimulatedNames<F> {
  #durable = new Map<string, F>()
  #current = new Map<string, F>()
  #pending: Step<F>[] = []

  get(path: string): F | undefined {
    return this.#current.get(path)
  }

  paths(): IterableIterator<string> {
    return this.#current.keys()
  }

  files(): IterableIterator<F> {
    return this.#current.values()
  }

  change(...step: readonly (readonly [string, F | undefined])[]): void {
    apply(this.#current, step)
    this.#pending.push(new Map(step))
  }

  /** The changes of this folder are durable now. A rename between two folders is durable in this one alone. */
  sync(folder: string): void {
    for (const step of this.#pending)
      for (const [path, file] of step)
        if (folderOf(path) === folder) {
          apply(this.#durable, [[path, file]])
          step.delete(path)
        }
    this.#pending = this.#pending.filter((step) => step.size > 0)
  }

  /** Each step that was not synced is kept or lost, on its own. */
  crash(random: SeededRandom): void {
    for (const step of this.#pending) if (random.chance(0.5)) apply(this.#durable, step)
    this.#pending = []
    this.#current = new Map(this.#durable)
  }
}
