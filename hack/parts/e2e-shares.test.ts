import test from 'ava'
import { globSync, readFileSync } from 'node:fs'
import { shareOut, UNDER_LOAD } from './e2e-shares.ts'

const files = globSync('test/e2e/**/*.test.ts')
const text = (file: string): string => readFileSync(file, 'utf8')

test('each file is in one share', (t) => {
  const { first, second, last } = shareOut(files)
  t.deepEqual([...first, ...second, ...last].toSorted(), files.toSorted())
  t.true(first.length > 0 && second.length > 0 && last.length > 0)
})

test('those with a DApp that works without a pause run when nothing is beside them', (t) => {
  t.deepEqual(files.filter((file) => text(file).includes('startChecker(')).toSorted(), UNDER_LOAD.toSorted())
})

test('nothing on the second cluster uses the sample network', (t) => {
  for (const file of shareOut(files).second) t.false(text(file).includes('sampleNetwork'), file)
})
