import test from 'ava'
import { examplesOf } from './examples.ts'

test('fenced blocks with a language are examples, others are not', (t) => {
  const page = 'text\n```ts\nconst a = 1\n```\n\n```\nplain\n```\n  ```json\n  {}\n  ```\n'
  t.deepEqual(examplesOf(page), [
    { language: 'ts', text: 'const a = 1\n' },
    { language: 'json', text: '  {}\n' },
  ])
})
