/**
 * Many asked at once, enough of them waited for. The rest goes on: a replica that is slow still gets the commit.
 *
 * @module
 */
export interface Gathered<T> {
  /** In order of arrival. */
  readonly answers: T[]
  readonly failures: unknown[]
}

/** Resolves when `isEnough` of the answers so far, or when nobody is left. Never rejects. */
export function firstOf<T>(asked: readonly Promise<T>[], isEnough: (answers: readonly T[]) => boolean): Promise<Gathered<T>> {
  const answers: T[] = []
  const failures: unknown[] = []
  return new Promise((resolve) => {
    const look = (): void => {
      if (answers.length + failures.length === asked.length || isEnough(answers))
        resolve({ answers: [...answers], failures: [...failures] })
    }
    for (const one of asked)
      one.then(
        (answer) => {
          answers.push(answer)
          look()
        },
        (error: unknown) => {
          failures.push(error)
          look()
        },
      )
    look()
  })
}
