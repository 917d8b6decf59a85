import test from 'ava'
import { InTurn } from './in-turn.ts'

test('one thing at a time by key, in order, also after a failure; other keys do not wait', async (t) => {
  const turns = new InTurn()
  const story: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = turns.run('a', async () => {
    story.push('first begins')
    await gate.promise
    throw new Error('broken')
  })
  const second = turns.run('a', async () => {
    story.push('second')
    return 2
  })
  t.is(await turns.run('b', async () => 3), 3)
  t.deepEqual(story, ['first begins'])
  gate.resolve()
  await t.throwsAsync(first, { message: 'broken' })
  t.is(await second, 2)
  t.deepEqual(story, ['first begins', 'second'])
})
