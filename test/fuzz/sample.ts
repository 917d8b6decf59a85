/**
 * A value that a schema takes, drawn at random: where fuzzing begins, so that it gets behind the first check.
 *
 * @module
 */
import type { z } from 'zod'

/** A number from 0 to below 1. */
export type Draw = () => number

type Schema = z.core.$ZodType
type Def = z.core.$ZodTypes['_zod']['def']

const PEER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvqJEYjNbS2Y3vDpKHPjV'
const TEXTS = [
  '',
  'a',
  'name',
  PEER,
  ...[16, 32, 64].map((length) => '0'.repeat(length)),
  '127.0.0.1',
  'https://host:1/',
  '2026-01-01T00:00:00Z',
  '10+4',
]
const NUMBERS = [0, 1, 2, 4, 7, 100, 4001, 65_535, 1_000_000, 2 ** 32, 2 ** 40]
const TRIES = 200
const LENGTHS = [32, 64, 16, 8, 0, 24, 48, 60, 12, 100]

export const pick = <T>(items: readonly T[], draw: Draw): T => items[Math.floor(draw() * items.length)] as T

/** @throws {Error} no candidate fits: the sampler has to learn a kind of schema */
export function sample(schema: Schema, draw: Draw): unknown {
  const def = schema._zod.def as Def
  switch (def.type) {
    case 'object':
      return sampleObject(schema, def.shape, draw)
    case 'array':
      return sampleArray(schema, def.element, draw)
    case 'tuple':
      return def.items.map((item) => sample(item, draw))
    case 'record':
      return draw() < 0.5 ? {} : { [String(sample(def.keyType, draw))]: sample(def.valueType, draw) }
    case 'union':
      return sample(pick(def.options, draw), draw)
    case 'nullable':
      return draw() < 0.3 ? null : sample(def.innerType, draw)
    case 'optional':
      return draw() < 0.3 ? undefined : sample(def.innerType, draw)
    case 'default':
    case 'catch':
    case 'readonly':
      return sample(def.innerType, draw)
    case 'lazy':
      return sample(def.getter(), draw)
    case 'pipe':
      return sample(def.in, draw)
    case 'enum':
      return pick(Object.values(def.entries), draw)
    case 'literal':
      return pick(def.values, draw)
    default:
      return sampleLeaf(schema, draw)
  }
}

/** Again where the fields do not fit together. */
function sampleObject(schema: Schema, shape: Readonly<Record<string, Schema>>, draw: Draw): unknown {
  for (let tries = 0; tries < TRIES; tries++) {
    const fields = Object.entries(shape).map(([key, inner]) => [key, sample(inner, draw)] as const)
    const object = Object.fromEntries(fields.filter(([, value]) => value !== undefined))
    if (takes(schema, object)) return object
  }
  throw new Error('no object was drawn that fits its schema')
}

function sampleArray(schema: Schema, element: Schema, draw: Draw): unknown[] {
  for (let tries = 0; tries < TRIES; tries++) {
    const items = Array.from({ length: pick([0, 1, 1, 2, 8], draw) }, () => sample(element, draw))
    if (takes(schema, items)) return items
  }
  throw new Error('no array was drawn that fits its schema')
}

function sampleLeaf(schema: Schema, draw: Draw): unknown {
  const bytes = LENGTHS.map((length) => new Uint8Array(length).map(() => Math.floor(draw() * 256)))
  const candidates = [draw() < 0.5, ...TEXTS, ...NUMBERS, ...bytes, null]
  const fitting = candidates.filter((value) => takes(schema, value))
  if (fitting.length === 0) throw new Error(`no value fits a schema of type ${schema._zod.def.type}`)
  return pick(fitting, draw)
}

const takes = (schema: Schema, value: unknown): boolean => (schema as z.ZodType).safeParse(value).success
