/**
 * Whether a status is worth a write. Pure: at once when a condition or a fact changed; where only a message or a figure moved (by
 * more than 5 %) at most once in a while. An idle network causes no writes.
 *
 * @module
 */
import type { Condition } from '../api/index.ts'
import { covers } from './meant.ts'
import { amountOf } from './quantity.ts'

const FIGURES_EVERY_MS = 60_000
const MESSAGES_EVERY_MS = 15_000
const WORTH = 0.05
/** Fields of a status whose numbers move all the time; what else is in them is a fact. */
const MOVING = ['capacity', 'used', 'sets', 'repair', 'audit'] as const

type Status = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] | undefined }

const without = (status: Status, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(status).filter(([key, value]) => !keys.includes(key) && value !== undefined))

const stated = (conditions: readonly Condition[] | undefined) =>
  (conditions ?? []).map(({ type, status, reason, observedGeneration }) => ({ type, status, reason, observedGeneration }))

const sameValue = (a: unknown, b: unknown): boolean => covers(a, b) && covers(b, a)

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? amountOf(value) : undefined
}

/** What is in a field, by path. */
function leavesOf(value: unknown, path: string): [path: string, leaf: unknown][] {
  if (value !== null && typeof value === 'object') return Object.entries(value).flatMap(([key, child]) => leavesOf(child, `${path}.${key}`))
  return value === undefined ? [] : [[path, value]]
}

const movingLeaves = (status: Status) => MOVING.flatMap((key) => leavesOf(status[key], key))

function factsOf(status: Status): Record<string, unknown> {
  const said = movingLeaves(status).filter(([, leaf]) => numberOf(leaf) === undefined)
  return { ...without(status, [...MOVING, 'conditions']), ...Object.fromEntries(said) }
}

function hasMoved(before: Status, next: Status): boolean {
  const pick = (status: Status) =>
    new Map(
      movingLeaves(status).flatMap(([path, leaf]) => {
        const number = numberOf(leaf)
        return number === undefined ? [] : [[path, number] as const]
      }),
    )
  const old = pick(before)
  const now = pick(next)
  return [...new Set([...old.keys(), ...now.keys()])].some((path) => {
    const [a, b] = [old.get(path), now.get(path)]
    if (a === undefined || b === undefined) return true
    return Math.abs(a - b) > WORTH * Math.max(Math.abs(a), Math.abs(b))
  })
}

const messages = (conditions: readonly Condition[] | undefined) => (conditions ?? []).map(({ type, message }) => ({ type, message }))

/**
 * @param sinceWriteMs since this process last wrote this status; undefined: it has not yet
 * @returns milliseconds to wait before the write, 0: write now; undefined: nothing to write
 */
export function writeAfterMs(before: Status | undefined, next: Status, sinceWriteMs = Number.POSITIVE_INFINITY): number | undefined {
  if (before === undefined) return 0
  if (!sameValue(stated(before.conditions), stated(next.conditions))) return 0
  if (!sameValue(factsOf(before), factsOf(next))) return 0
  const waits = [
    ...(sameValue(messages(before.conditions), messages(next.conditions)) ? [] : [MESSAGES_EVERY_MS]),
    ...(hasMoved(before, next) ? [FIGURES_EVERY_MS] : []),
  ]
  return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits) - sinceWriteMs)
}
