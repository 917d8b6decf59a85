/**
 * Says what happens, with the time each step took.
 *
 * @module
 */
export class Narrator {
  readonly #started = performance.now()
  readonly #steps: { readonly title: string; readonly seconds: number }[] = []

  say(line: string): void {
    console.log(`  ${line}`)
  }

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    console.log(`\n▸ ${title}`)
    const started = performance.now()
    const result = await work()
    const seconds = (performance.now() - started) / 1000
    this.#steps.push({ title, seconds })
    console.log(`  ✔ ${seconds.toFixed(1)} s`)
    return result
  }

  summary(): void {
    console.log('\n— what happened')
    for (const { title, seconds } of this.#steps) console.log(`  ${seconds.toFixed(1).padStart(7)} s  ${title}`)
    console.log(`  ${((performance.now() - this.#started) / 1000).toFixed(1).padStart(7)} s  in all`)
  }
}
