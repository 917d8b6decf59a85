/**
 * Whether a status is worth a write. Pure: at once when a condition or a fact changed; where only a message or a figure moved (by
 * more than 5 %) at most once in a while. An idle network causes no writes.
 *
 * @module
 */
import type { Condition } from '../api/index.ts'
import { covers } from './meant.ts'
import { bytesOf } from './quantity.ts'

const FIGURES_EVERY_MS = 60_000
const MESSAGES_EVERY_MS = 15_000
const WORTH = 0.05
/** Fields of a status whose numbers move all the time. */
const MOVING = ['capacity', 'used', 'sets', 'repair', 'audit'] as const

type Status = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] | undefined }

const without = (status: Status, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(status).filter(([key, value]) => !keys.includes(key) && value !== undefined))

const stated = (conditions: readonly Condition[] | undefined) =>
  (conditions ?? []).map(({ type, status, reason, observedGeneration }) => ({ type, status, reason, observedGeneration }))

const sameValue = (a: unknown, b: unknown): boolean => covers(a, b) && covers(b, a)

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? bytesOf(value) : undefined
}

/** Leaf figures by path. */
function figuresOf(value: unknown, path = ''): [string, number][] {
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([key, child]) => figuresOf(child, `${path}.${key}`))
  const number = numberOf(value)
  return number === undefined ? [] : [[path, number]]
}

function hasMoved(before: Status, next: Status): boolean {
  const pick = (status: Status) => new Map(MOVING.flatMap((key) => figuresOf(status[key], key)))
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
  const facts = (status: Status) => without(status, [...MOVING, 'conditions'])
  if (!sameValue(facts(before), facts(next))) return 0
  const waits = [
    ...(sameValue(messages(before.conditions), messages(next.conditions)) ? [] : [MESSAGES_EVERY_MS]),
    ...(hasMoved(before, next) ? [FIGURES_EVERY_MS] : []),
  ]
  return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits) - sinceWriteMs)
}
