/**
 * Whether a status is worth a write. Pure: at once when a condition or a fact changed, at most once a minute and only for more than
 * 5 % where a figure moved. An idle network causes no writes.
 *
 * @module
 */
import type { Condition } from '../api/index.ts'
import { covers } from './meant.ts'
import { bytesOf } from './quantity.ts'

export const FIGURES_EVERY_MS = 60_000
const WORTH = 0.05
/** Fields of a status whose numbers move all the time. */
const MOVING = ['capacity', 'used', 'sets', 'repair'] as const

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
  if (value !== null && typeof value === 'object') return Object.entries(value).flatMap(([key, child]) => figuresOf(child, `${path}.${key}`))
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

/** @param sinceWriteMs since this process last wrote this status; undefined: it has not yet */
export function isWorthWriting(before: Status | undefined, next: Status, sinceWriteMs: number | undefined): boolean {
  if (before === undefined) return true
  if (!sameValue(stated(before.conditions), stated(next.conditions))) return true
  const facts = (status: Status) => without(status, [...MOVING, 'conditions'])
  if (!sameValue(facts(before), facts(next))) return true
  return hasMoved(before, next) && (sinceWriteMs === undefined || sinceWriteMs >= FIGURES_EVERY_MS)
}
