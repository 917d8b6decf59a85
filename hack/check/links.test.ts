import test from 'ava'
import { deadLinks, deadScripts } from './links.ts'

test('a relative link to a missing file is reported, others are not', (t) => {
  const exists = (path: string): boolean => path === 'docs/GLOSSARY.md'
  t.deepEqual(deadLinks('docs/A.md', '[a](GLOSSARY.md) [b](GLOSSARY.md#margin) [c](https://example.org) [d](#here)', exists), [])
  t.deepEqual(deadLinks('docs/A.md', '[a](../src/gone.ts)', exists), ['docs/A.md: no such file: src/gone.ts'])
})

test('an npm script that a page names must exist', (t) => {
  const scripts = new Set(['demo', 'test:sim'])
  t.deepEqual(deadScripts('README.md', 'npm run demo, then npm run test:sim, npm ci and npm of old', scripts), [])
  t.deepEqual(deadScripts('README.md', 'npm run demos', scripts), ['README.md: no such npm script: demos'])
})
