/**
 * What the peers benchmark asks of everybody who takes part: programs that run to their end, over servers that stay.
 *
 * Files are named by their number in `small` folders. Gets write files, which the benchmark then compares.
 *
 * @module
 */
export interface Contender {
  readonly name: string
  /** Servers, whose CPU counts. */
  readonly pids: readonly number[]
  put(file: string, name: string): Promise<unknown>
  /** Writes to `file`, which is not there yet. */
  get(name: string, file: string): Promise<unknown>
  putSmall(folder: string, name: string, count: number): Promise<unknown>
  /** Fills `folder`, which is there and empty. */
  getSmall(name: string, folder: string, count: number): Promise<unknown>
  /** Makes room; outside of what is measured. */
  remove(name: string): Promise<unknown>
}
