/**
 * What many callers ask of one peer, in few questions: while questions are under way, what comes waits and goes together in the
 * next one. Nobody waits when the lane is idle.
 *
 * Groups take turns, so that many items of one do not hold up another. Bounded in callers and bytes; a caller that goes away leaves
 * the others of its question undisturbed, and the last one ends it.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/clock.ts'
import { whenAborted } from './when-aborted.ts'

export interface LaneLimits {
  /** Questions under way at a time. */
  readonly concurrent: number
  /** Items of one question, and their bytes; the first item is never too large. */
  readonly items: number
  readonly bytes: number
  /** Items that may wait, and their bytes; the next one gets TOO_MANY_REQUESTS. */
  readonly waitingItems: number
  readonly waitingBytes: number
}

export interface LaneInit<Item, Answer> {
  readonly limits: LaneLimits
  /**
   * Set: a question goes when all that has arrived at this process by now has been looked at, and takes along what that asks. Who asks
   * alone waits for nothing. Unset: it goes before anything else is looked at.
   */
  readonly clock?: Clock
  /** An answer or an error for each item, in order; fewer than items: the others are asked again, after at least one. */
  readonly ask: (items: readonly Item[], signal: AbortSignal) => Promise<readonly (Answer | LunarError)[]>
  /** Called when nothing is under way and nothing waits. */
  readonly onIdle: () => void
}

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly group: string
  readonly sizeBytes: number
  readonly settle: (outcome: { readonly answer: Answer } | { readonly error: unknown }) => void
  /** Of the question that it is part of, so that the last one to leave ends it. */
  leave: () => void
}

export class Lane<Item, Answer> {
  readonly #init: LaneInit<Item, Answer>
  /** In turn. */
  readonly #groups = new Map<string, Waiting<Item, Answer>[]>()
  #waitingItems = 0
  #waitingBytes = 0
  #underWay = 0
  #isStarting = false

  constructor(init: LaneInit<Item, Answer>) {
    this.#init = init
  }

  /**
   * @param group whose turn it takes
   * @throws {LunarError} TOO_MANY_REQUESTS; what asking throws, or the error of this item; the signal's reason
   */
  ask(item: Item, group: string, sizeBytes: number, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const { waitingItems, waitingBytes } = this.#init.limits
      if (this.#waitingItems >= waitingItems || (this.#waitingItems > 0 && this.#waitingBytes + sizeBytes > waitingBytes))
        throw new LunarError('TOO_MANY_REQUESTS', 'too many questions wait for a peer', {
          detail: { items: this.#waitingItems, bytes: this.#waitingBytes },
        })
      const stop = whenAborted(signal, () => {
        reject(signal.reason)
        waiting.leave()
      })
      const waiting: Waiting<Item, Answer> = {
        item,
        group,
        sizeBytes,
        settle: (outcome) => {
          stop()
          if ('error' in outcome) reject(outcome.error)
          else resolve(outcome.answer)
        },
        leave: () => this.#remove(waiting),
      }
      this.#add(waiting, 'last')
      this.#start()
    })
  }

  /** In the next turn: who asks in the same one shares the question. */
  #start(): void {
    if (this.#isStarting) return
    this.#isStarting = true
    const { clock } = this.#init
    if (clock) clock.after(0, () => this.#go())
    else void Promise.resolve().then(() => this.#go())
  }

  #go(): void {
    this.#isStarting = false
    while (this.#underWay < this.#init.limits.concurrent && this.#waitingItems > 0) void this.#run(this.#takeBatch())
    if (this.#underWay === 0 && this.#waitingItems === 0) this.#init.onIdle()
  }

  /** Never rejects. */
  async #run(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    this.#underWay++
    const left = new AbortController()
    const staying = new Set(batch)
    for (const waiting of batch)
      waiting.leave = () => {
        staying.delete(waiting)
        if (staying.size === 0) left.abort(new LunarError('ABORTED', 'all who asked have left'))
      }
    try {
      const items = batch.map(({ item }) => item)
      const answers = await this.#init.ask(items, left.signal)
      if (answers.length === 0 || answers.length > items.length)
        throw new LunarError('BAD_MESSAGE', 'a peer did not answer as many items as it was asked for', {
          detail: { asked: items.length, answered: answers.length },
        })
      for (const waiting of batch.slice(answers.length).toReversed()) this.#again(waiting, staying)
      for (const [i, answer] of answers.entries()) batch[i]?.settle(answer instanceof LunarError ? { error: answer } : { answer })
    } catch (error) {
      for (const waiting of batch) waiting.settle({ error })
    } finally {
      this.#underWay--
      this.#start()
    }
  }

  #again(waiting: Waiting<Item, Answer>, staying: ReadonlySet<Waiting<Item, Answer>>): void {
    if (!staying.has(waiting)) return
    waiting.leave = () => this.#remove(waiting)
    this.#add(waiting, 'first')
  }

  #add(waiting: Waiting<Item, Answer>, place: 'first' | 'last'): void {
    const group = this.#groups.get(waiting.group) ?? []
    this.#groups.set(waiting.group, group)
    if (place === 'last') group.push(waiting)
    else group.unshift(waiting)
    this.#waitingItems++
    this.#waitingBytes += waiting.sizeBytes
  }

  #remove(waiting: Waiting<Item, Answer>): void {
    const group = this.#groups.get(waiting.group)
    const at = group?.indexOf(waiting) ?? -1
    if (!group || at < 0) return
    group.splice(at, 1)
    if (group.length === 0) this.#groups.delete(waiting.group)
    this.#waitingItems--
    this.#waitingBytes -= waiting.sizeBytes
    this.#start()
  }

  /** One of each group in turn, at least one in all. */
  #takeBatch(): Waiting<Item, Answer>[] {
    const { items, bytes } = this.#init.limits
    const batch: Waiting<Item, Answer>[] = []
    let batchBytes = 0
    while (batch.length < items) {
      const [turn] = this.#groups
      const next = turn?.[1][0]
      if (!turn || !next || (batch.length > 0 && batchBytes + next.sizeBytes > bytes)) break
      const [name, group] = turn
      group.shift()
      this.#groups.delete(name)
      if (group.length > 0) this.#groups.set(name, group) // behind the others
      batchBytes += next.sizeBytes
      this.#waitingItems--
      this.#waitingBytes -= next.sizeBytes
      batch.push(next)
    }
    return batch
  }
}
