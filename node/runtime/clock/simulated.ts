/**
 * Simulated time: stands still until somebody runs it, then jumps from timer to timer.
 *
 * One timer fires, then every promise that can go on goes on, then the next timer fires: the order depends on nothing but the
 * times asked for and the order of asking, so that a seed replays bit for bit. What runs under it must wait for nothing but this
 * clock: real timers, threads and sockets would come in at real, unrepeatable moments.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import { sleepOn } from './sleep.ts'
import { type Timer, TimerHeap } from './timer-heap.ts'

/** 2026-01-01T00:00:00Z: any fixed moment will do. */
const DEFAULT_START_MS = 1_767_225_600_000

export class SimulatedClock implements Clock {
  readonly #startMs: number
  readonly #timers = new TimerHeap()
  #elapsedMs = 0
  #sequence = 0

  constructor(startMs: number = DEFAULT_START_MS) {
    this.#startMs = startMs
  }

  now(): number {
    return Math.floor(this.#startMs + this.#elapsedMs)
  }

  elapsed(): number {
    return this.#elapsedMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal)
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { atMs: this.#elapsedMs + Math.max(0, ms), sequence: this.#sequence++, callback }
    this.#timers.push(timer)
    return () => {
      timer.callback = undefined
    }
  }

  /** The clock of one machine: its wall clock is `skewMs` ahead, and it can be halted with the machine. */
  machine(skewMs = 0): MachineClock {
    return new MachineClock(this, skewMs)
  }

  /** Time jumps, as if every machine had slept: what was due meanwhile is due now. */
  skip(ms: number): void {
    this.#elapsedMs += ms
  }

  /** Lets `ms` pass. */
  async runFor(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms
    await this.#settle()
    while (await this.#step(untilMs));
    this.#elapsedMs = Math.max(this.#elapsedMs, untilMs)
  }

  /**
   * Runs until `isMet()`, which is asked after every timer.
   * @returns false if that did not happen within `limitMs`
   */
  async runUntil(isMet: () => boolean, limitMs: number): Promise<boolean> {
    const untilMs = this.#elapsedMs + limitMs
    await this.#settle()
    while (!isMet()) {
      if (await this.#step(untilMs)) continue
      this.#elapsedMs = Math.max(this.#elapsedMs, untilMs)
      return false
    }
    return true
  }

  /** Runs until `work` is settled and returns or throws what it did. @throws {Error} if it is not settled within `limitMs` */
  async runWhile<T>(work: Promise<T>, limitMs: number): Promise<T> {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    work.then(settle, settle)
    if (!(await this.runUntil(() => isSettled, limitMs))) throw new Error(`still waiting after ${limitMs} ms of simulated time`)
    return work
  }

  async #step(untilMs: number): Promise<boolean> {
    const next = this.#timers.peek()
    if (!next || next.atMs > untilMs) return false
    this.#timers.pop()
    this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs)
    const { callback } = next
    next.callback = undefined
    callback?.()
    await this.#settle()
    return true
  }

  /** Every microtask that is ready runs before the next turn of the event loop. */
  async #settle(): Promise<void> {
    await setImmediate()
  }
}

/** A machine's own view of the simulated clock. */
export class MachineClock implements Clock {
  readonly #world: SimulatedClock
  #skewMs: number
  #isHalted = false

  constructor(world: SimulatedClock, skewMs: number) {
    this.#world = world
    this.#skewMs = skewMs
  }

  now(): number {
    return this.#world.now() + this.#skewMs
  }

  elapsed(): number {
    return this.#world.elapsed()
  }

  /** Somebody sets its wall clock; time itself goes on as before. */
  setAhead(skewMs: number): void {
    this.#skewMs = skewMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal)
  }

  after(ms: number, callback: () => void): () => void {
    return this.#world.after(ms, () => {
      if (!this.#isHalted) callback()
    })
  }

  /** The machine lost its power: no timer of it fires any more, and who sleeps on it sleeps for good. */
  halt(): void {
    this.#isHalted = true
  }
}
