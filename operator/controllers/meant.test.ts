import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import type { KubeObject } from '../kube/index.ts'
import { sha256Of } from './deps.ts'
import { covers, judgeChild, withFingerprint } from './meant.ts'

const sha256 = sha256Of(nodeCrypto)
const owner = (uid: string) => [{ apiVersion: 'v1', kind: 'K', name: 'o', uid, controller: true }]
const object = (spec: unknown, uid = 'a'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', ownerReferences: owner(uid) },
  spec,
})

const pairs: [string, unknown, unknown, boolean][] = [
  ['what the server adds is not looked at', { a: 1, b: 2 }, { a: 1 }, true],
  ['a changed field is seen', { a: 2 }, { a: 1 }, false],
  ['a field that is gone is seen', {}, { a: 1 }, false],
  ['within lists too', [{ a: 1, added: true }], [{ a: 1 }], true],
  ['a longer list is a change', [1, 2], [1], false],
  ['null is no object', null, { a: 1 }, false],
]
for (const [title, live, meant, expected] of pairs) test(`covers: ${title}`, (t) => t.is(covers(live, meant), expected))

test('apply when it is missing, keep when it is as meant, never overwrite what belongs to another', (t) => {
  const meant = withFingerprint(object({ port: 1 }), sha256)
  t.is(judgeChild(undefined, meant), 'apply')
  t.is(judgeChild({ ...meant, status: { added: true } }, meant), 'keep')
  t.is(judgeChild({ ...meant, spec: { port: 2 } }, meant), 'apply')
  t.is(judgeChild(object({ port: 1 }, 'b'), meant), 'taken')
})

test('a field that we stop giving is noticed although the live object still has it', (t) => {
  const before = withFingerprint(object({ port: 1, extra: true }), sha256)
  const after = withFingerprint(object({ port: 1 }), sha256)
  t.true(covers(before.spec, after.spec))
  t.is(judgeChild(before, after), 'apply')
})
