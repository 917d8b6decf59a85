/**
 * The same work by several, in turn, in one process: everybody in every round, each round in another order, one round before that
 * counts. So what else runs on the machine falls on all alike.
 *
 * @module
 */
import { median } from './processes.ts'

export interface Cost {
  readonly wallSeconds: number
  /** User and system time of this process, all threads; servers are others. */
  readonly cpuSeconds: number
}

export type Sides<Name extends string> = Readonly<Record<Name, () => Promise<unknown>>>

/** Medians of the rounds, wall and CPU each by itself. */
export async function alternately<Name extends string>(rounds: number, sides: Sides<Name>): Promise<Record<Name, Cost>> {
  const names = Object.keys(sides) as Name[]
  const spans = new Map<Name, Cost[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++)
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length] as Name
      const cost = await costOf(sides[name])
      if (round > 0) spans.get(name)?.push(cost)
    }
  return Object.fromEntries(names.map((name) => [name, middle(spans.get(name) ?? [])])) as Record<Name, Cost>
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [cpu, began] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { wallSeconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1e6 }
}

const middle = (costs: readonly Cost[]): Cost => ({
  wallSeconds: median(costs.map(({ wallSeconds }) => wallSeconds)),
  cpuSeconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)),
})

/** Each of `items`, so many at a time. @param work told which of the places, from 0, does it */
export async function inFlight<T>(count: number, items: readonly T[], work: (item: T, place: number) => Promise<unknown>): Promise<void> {
  const rest = items.values()
  const at = async (place: number): Promise<void> => {
    for (const item of rest) await work(item, place)
  }
  await Promise.all(Array.from({ length: count }, (_, place) => at(place)))
}
