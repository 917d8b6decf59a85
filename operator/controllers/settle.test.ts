import test from 'ava'
import { writeAfterMs } from './settle.ts'

const condition = (status: 'True' | 'False', reason: string, message = 'm') => ({
  type: 'Ready',
  status,
  reason,
  message,
  lastTransitionTime: 'x',
  observedGeneration: 1,
})
const before = {
  conditions: [condition('True', 'A')],
  epoch: 3,
  capacity: '10Gi',
  used: '1Gi',
  sets: { total: 1000, degraded: 0, byMargin: { '2': 1000 } },
}

const cases: [string, Parameters<typeof writeAfterMs>, number | undefined][] = [
  ['the first is written', [undefined, before, undefined], 0],
  ['an equal one is not', [before, structuredClone(before), undefined], undefined],
  ['a condition is written at once', [before, { ...before, conditions: [condition('False', 'A')] }, 1], 0],
  ['a reason is written at once', [before, { ...before, conditions: [condition('True', 'B')] }, 1], 0],
  ['a fact is written at once', [before, { ...before, epoch: 4 }, 1], 0],
  ['a fact that vanished too', [before, { ...before, epoch: undefined }, 1], 0],
  ['a message waits', [before, { ...before, conditions: [condition('True', 'A', 'other')] }, 5_000], 10_000],
  ['a message that waited long enough does not', [before, { ...before, conditions: [condition('True', 'A', 'other')] }, 15_000], 0],
  ['5 % of a figure are nothing', [before, { ...before, used: '1.04Gi' }, undefined], undefined],
  ['more than 5 % wait for the minute', [before, { ...before, used: '1.2Gi' }, 20_000], 40_000],
  ['more than 5 % are written after a minute', [before, { ...before, used: '1.2Gi' }, 60_000], 0],
  ['one degraded set of thousands is more than 5 % of none', [before, { ...before, sets: { ...before.sets, degraded: 1 } }, undefined], 0],
  [
    'what is no figure among figures is a fact, and written at once',
    [before, { ...before, repair: { errorBudget: { degradedSince: '2026-11-30T00:00:00.000Z' } } }, 1],
    0,
  ],
  [
    'a fact among figures that stays is none',
    [
      { ...before, repair: { errorBudget: { spent: [{ day: '2026-11-30', seconds: 100 }] } } },
      { ...before, repair: { errorBudget: { spent: [{ day: '2026-11-30', seconds: 104 }] } } },
      undefined,
    ],
    undefined,
  ],
  [
    'a ratio below 1 moves too',
    [{ ...before, repair: { errorBudget: { burnRate: '0.2' } } }, { ...before, repair: { errorBudget: { burnRate: '0.4' } } }, undefined],
    0,
  ],
  ['a new margin counts', [before, { ...before, sets: { ...before.sets, byMargin: { '2': 1000, '1': 1 } } }, undefined], 0],
]
for (const [title, args, expected] of cases) test(title, (t) => t.is(writeAfterMs(...args), expected))
