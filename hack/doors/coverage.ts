/**
 * `npm run coverage`: unit, property and conformance tests under V8's coverage; a table, and `coverage/index.html`.
 *
 * @module
 */
import { run } from '../parts/run.ts'

const FILES = ['node/**/*.test.ts', 'operator/**/*.test.ts', 'hack/**/*.test.ts', 'test/conformance/**/*.test.ts']
const REPORT = ['--reporter=text-summary', '--reporter=html', '--include=node', '--include=operator', '--exclude=**/*.test.ts']
const { code } = await run('c8', [...REPORT, 'ava', ...FILES])
process.exit(code)
