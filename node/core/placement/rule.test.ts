import test from 'ava'
import { domainLimit, hingesOnClass, ruleOf } from './rule.ts'

const CODE = { required: 4, parity: 4 }
const set = { ...CODE, survive: 1, className: 'gold' }
const gold = { name: 'gold', ...CODE, survive: 1 }

for (const [claim, classes, rule] of [
  ['as its owner signed it', [gold], { parity: 4, survive: 1 }],
  ['as its owner signed it where its class is gone', [], { parity: 4, survive: 1 }],
  ['stricter where its class is today', [{ ...gold, survive: 2 }], { parity: 4, survive: 2 }],
  ['with zones where its class binds them', [{ ...gold, zones: 'Bind' }], { parity: 4, survive: 1, bindsZones: true }],
  ['without where its class spreads', [{ ...gold, zones: 'Spread' }], { parity: 4, survive: 1 }],
  ['never looser than its owner signed it', [{ ...gold, survive: 0 }], { parity: 4, survive: 1 }],
  ['not by another class', [gold, { ...gold, name: 'other', survive: 4, zones: 'Bind' }], { parity: 4, survive: 1 }],
  ['not by its class of another code', [{ ...gold, parity: 6, survive: 3, zones: 'Bind' }], { parity: 4, survive: 1 }],
] as const)
  test(`the rule of a set is ${claim}`, (t) => t.deepEqual(ruleOf(set, classes), rule))

for (const [claim, classes, hinges] of [
  ['no class asks more than was signed', [gold, { ...gold, name: 'other', parity: 2, zones: 'Bind' }], false],
  ['a class of the code asks more', [gold, { ...gold, name: 'other', survive: 2 }], true],
  ['a class of the code binds zones', [{ ...gold, zones: 'Bind' }], true],
] as const)
  test(`${claim}: its class has ${hinges ? '' : 'not '}to be known`, (t) => t.is(hingesOnClass(set, classes), hinges))

test('to survive one domain is to survive none: m shards in each', (t) => {
  t.is(domainLimit({ parity: 4, survive: 0 }), domainLimit({ parity: 4, survive: 1 }))
  t.false(hingesOnClass({ ...set, survive: 0 }, [gold]))
})
