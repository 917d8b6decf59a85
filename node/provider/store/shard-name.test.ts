import { hexOf } from '@lunarx/core/model'
import { confirm, leases, recall } from '@lunarx/wire'
import test from 'ava'
import fc from 'fast-check'
import { folderOf, parseName, pathOf } from './shard-name.ts'

const segment = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('a shard has one name in one folder, and the name leads back to it', (t) => {
  fc.assert(
    fc.property(segment, fc.nat(255), (id, index) => {
      const path = pathOf({ segment: id, index })
      t.regex(path, /^shards\/[0-9a-f]{2}\/[0-9a-f]{64}\.\d{1,3}$/)
      const back = parseName(path.slice(folderOf({ segment: id, index }).length + 1), id[0] ?? 0)
      return back?.index === index && hexOf(back.segment) === hexOf(id)
    }),
  )
})

test('no other name is a shard’s: no way out of the folder, no second spelling', (t) => {
  const name = '3f'.repeat(32)
  const odd = [
    `../${name}.0`,
    `${name}.0/..`,
    `${name}/0`,
    `${name}.00`,
    `${name}.-1`,
    `${name}.256`,
    `${name}.0 `,
    `${name}.0\0`,
    `${name.toUpperCase()}.0`,
    `${name}.`,
    '',
    '..',
  ]
  for (const one of odd) t.is(parseName(one, 0x3f), undefined, one)
  t.is(parseName(`${name}.0`, 0x3e), undefined, 'of another folder')
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.nat(255), (text, firstByte) => {
      const key = parseName(text, firstByte)
      return key === undefined || pathOf(key).endsWith(`/${text}`)
    }),
  )
})

test('on the wire an identifier is 32 bytes and an index, never text', (t) => {
  const id = new Uint8Array(32)
  const isTaken = (shard: unknown): boolean => confirm.question.safeParse({ shards: [shard] }).success
  t.true(isTaken({ segment: id, index: 0 }))
  for (const trick of ['../../etc/passwd', new Uint8Array(31), new Uint8Array(33), '3f'.repeat(32), null, 7]) {
    t.false(isTaken({ segment: trick, index: 0 }), String(trick))
    t.false(leases.question.safeParse({ segments: [trick] }).success, String(trick))
    t.false(recall.question.safeParse({ segments: [trick] }).success, String(trick))
  }
  for (const index of [-1, 256, 1.5, '0', '../0']) t.false(isTaken({ segment: id, index }), String(index))
})
