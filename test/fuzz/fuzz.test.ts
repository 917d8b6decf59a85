import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import corpus from './corpus.json' with { type: 'json' }
import { attack } from './fuzz.ts'
import { attempt, type Target } from './target.ts'
import { TARGETS } from './targets.ts'

const EXECUTIONS = 300

for (const target of TARGETS)
  test(`${target.name}: takes what is right, refuses damage with an error of its own`, (t) => {
    const { findings, taken } = attack(target, EXECUTIONS, 1)
    t.deepEqual(findings, [])
    t.true(taken >= 16, `${taken} inputs were taken`)
  })

/** Names that a pattern finds in the sources, whether they are exported or not. */
function declared(pattern: RegExp): Set<string> {
  const files = readdirSync('node', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(\.test|\.d)\.ts$|node_modules/.test(path))
    .toSorted()
  return new Set(files.flatMap((path) => [...readFileSync(join('node', path), 'utf8').matchAll(pattern)].map(([, name = '']) => name)))
}

const attacked = (prefix: string): Set<string> =>
  new Set(TARGETS.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])))

test('every exchange and every signed document of the sources is a target', (t) => {
  const exchanges = declared(/\bexchange\(\{\s*name: '([^']+)'/g)
  t.true(exchanges.size >= 33, `${exchanges.size} exchanges were found`)
  t.deepEqual(attacked('question of '), exchanges)
  t.deepEqual(attacked('answer of '), exchanges)
  const kinds = declared(/: DocumentKind<\w+> = \{\s*kind: '([^']+)'/g)
  t.true(kinds.size >= 13, `${kinds.size} kinds of documents were found`)
  t.deepEqual(attacked('signed '), kinds)
  t.deepEqual(attacked('body of '), kinds)
})

test('the corpus: inputs for every way out that long runs have found, and all that were findings once', (t) => {
  t.true(Object.keys(corpus).length > 70)
  for (const [name, inputs] of Object.entries<readonly string[]>(corpus)) {
    const target = TARGETS.find((one) => one.name === name)
    if (!target) t.fail(`${name} is no target any more: run npm run fuzz`)
    else for (const input of inputs) t.notThrows(() => attempt(target, Buffer.from(input, 'hex')), `${name} ${input}`)
  }
})

test('a decoder that lets a foreign error out, or takes what it cannot give back, is found', (t) => {
  const careless: Target = {
    name: 'careless',
    seed: () => new TextEncoder().encode('{"a":1}'),
    refusals: ['BAD_MESSAGE'],
    decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
  }
  t.true(attack(careless, 200, 1).findings.some(({ error }) => error.includes('SyntaxError')))
  const lossy: Target = {
    ...careless,
    decode: (bytes) => bytes[0] ?? 0,
    encode: (value: number) => Uint8Array.of(value + 1),
  }
  t.true(attack(lossy, 200, 1).findings.some(({ error }) => error.includes('not the same')))
  const wrongCode: Target = {
    ...careless,
    decode: () => {
      throw new LunarError('INTERNAL', 'no')
    },
  }
  t.true(attack(wrongCode, 200, 1).findings.some(({ error }) => error.includes('no')))
})
